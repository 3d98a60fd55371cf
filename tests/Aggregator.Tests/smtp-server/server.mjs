// Prints its port, then a line of JSON for each mail it has taken. Ends with its standard input.
import { SMTPServer } from 'smtp-server';

const server = new SMTPServer({
  disabledCommands: ['STARTTLS'],
  allowInsecureAuth: true,
  onAuth: (auth, session, done) =>
    auth.username === 'alerts' && auth.password === 'a-mail-password' ? done(null, { user: auth.username }) : done(new Error('wrong password')),
  onData: (stream, session, done) => {
    let text = '';
    stream.setEncoding('utf8').on('data', piece => { text += piece; }).on('end', () => {
      console.log(JSON.stringify({ mail: { to: session.envelope.rcptTo.map(r => r.address), user: session.user, text } }));
      done();
    });
  },
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: server.server.address().port })));
process.stdin.resume().on('close', () => process.exit());

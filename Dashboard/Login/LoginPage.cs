namespace LaunchStack.Dashboard.Login;

/// <summary>Asks for the token. Plain HTML: no component runs before the login.</summary>
internal static class LoginPage
{
    public static string Html(bool wrong) => $$"""
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Log in · LaunchStack</title><link rel="stylesheet" href="/app.css"><link rel="stylesheet" href="/pages.css"><link rel="icon" href="/favicon.svg"><script src="/app.js"></script></head>
        <body><main class="login card"><h1>LaunchStack dashboard</h1>
        <p>Open the login address that was printed in the terminal, or paste its token here.</p>
        <form method="post" action="/login">
        <label for="t">Token</label>
        <input id="t" name="t" type="password" autocomplete="off" autofocus required {{(wrong ? "aria-invalid=\"true\" aria-describedby=\"wrong\"" : "")}}>
        {{(wrong ? "<p id=\"wrong\" role=\"alert\" class=\"fault\">This is not the token of this run. Take it from the login address that was printed last.</p>" : "")}}
        <button class="primary">Log in</button></form></main></body></html>
        """;
}

// Moments come in UTC; the viewer reads them in their own zone, with UTC on hover.
const two = (n) => String(n).padStart(2, '0');
const local = (at, format) => {
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return format === 'date' ? day : `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
};
for (const time of document.querySelectorAll('time[data-local]'))
  time.textContent = local(new Date(time.dateTime), time.dataset.local);

// On a phone the pages do not fit in a row: the one that is open is to be seen.
document.querySelector('nav [aria-current=page]')?.scrollIntoView({ block: 'nearest', inline: 'center' });

// Forms are filled in in the viewer's zone and sent in UTC.
for (const form of document.querySelectorAll('form[data-span]')) {
  const inputs = form.querySelectorAll('input[data-utc]');
  for (const input of inputs) {
    const at = new Date(input.dataset.utc);
    input.value = `${local(at, 'date')}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  }
  form.querySelector('[data-zone]').textContent = Intl.DateTimeFormat().resolvedOptions().timeZone;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const query = new URLSearchParams(new FormData(form));
    for (const input of inputs) query.set(input.name, new Date(input.value).toISOString().replace('.000Z', 'Z'));
    location.assign(`${location.pathname}?${query}`);
  });
}

// What cannot be undone is asked about.
for (const form of document.querySelectorAll('form[data-confirm]'))
  form.addEventListener('submit', (event) => { if (!confirm(form.dataset.confirm)) event.preventDefault(); });

// The theme is applied before the first paint; without a choice the system's is used.
(() => {
  const kept = localStorage.getItem('theme');
  if (kept) document.documentElement.dataset.theme = kept;
})();
window.dashboardTheme = () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  localStorage.setItem('theme', root.dataset.theme);
};
// Stays at the end of a log unless its reader has scrolled up.
window.dashboardFollow = id => {
  const box = document.getElementById(id);
  if (!box) return;
  if (!box.dataset.watched) {
    box.dataset.watched = box.dataset.end = 'true';
    box.addEventListener('scroll', () => { box.dataset.end = String(box.scrollHeight - box.scrollTop - box.clientHeight < 40); });
  }
  if (box.dataset.end === 'true') box.scrollTop = box.scrollHeight;
};

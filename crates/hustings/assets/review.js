// Keys of the review: each presses the button that says so. Without this script the buttons do the same.
addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.matches('input, select, textarea')) return;
  if (event.key === '?') {
    const keys = document.getElementById('keys');
    keys.open = !keys.open;
    if (keys.open) keys.querySelector('summary').focus();
    return;
  }
  const button = document.querySelector(`.answers [data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!button || sent()) return;
  event.preventDefault();
  button.form.requestSubmit(button);
});
// A second press before the next pair shows is no second answer.
const forms = [...document.querySelectorAll('form.answers')];
const sent = () => forms.some((form) => form.dataset.sent);
for (const form of forms) {
  form.addEventListener('submit', (event) => {
    if (sent()) event.preventDefault();
    form.dataset.sent = 'yes';
  });
}
addEventListener('pageshow', () => forms.forEach((form) => delete form.dataset.sent));

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
  const button = document.querySelector(`#answers [data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!button || button.form.dataset.sent) return;
  event.preventDefault();
  button.form.requestSubmit(button);
});
// A second press before the next pair shows is no second answer.
document.getElementById('answers')?.addEventListener('submit', (event) => {
  if (event.currentTarget.dataset.sent) event.preventDefault();
  event.currentTarget.dataset.sent = 'yes';
});
addEventListener('pageshow', () => delete document.getElementById('answers')?.dataset.sent);

// What the pages do by themselves in a browser that runs scripts. All of them work without; nothing is kept in the browser.
(() => {
  'use strict';

  // Parts that only work with this script are hidden until it runs.
  function begin(root) {
    for (const part of root.querySelectorAll('[data-scripted]')) part.hidden = false;
  }

  // <button data-copy="TEXT"> followed by an element with role=status.
  async function copy(button) {
    const done = await copied(button.dataset.copy);
    const status = button.nextElementSibling;
    if (status) status.textContent = done ? 'Copied' : 'Not copied: select it and copy it by hand';
  }

  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Without TLS, or where it is not permitted: as before there was a clipboard for scripts.
      const field = document.createElement('textarea');
      field.value = text;
      field.readOnly = true;
      document.body.append(field);
      field.select();
      const done = document.execCommand('copy');
      field.remove();
      return done;
    }
  }

  document.addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (button?.dataset.copy !== undefined) copy(button);
    if (button?.dataset.print !== undefined) window.print();
  });

  // A link that is there to be copied is chosen as a whole.
  document.addEventListener('focusin', (event) => {
    if (event.target.matches('input[readonly].whole')) event.target.select();
  });

  document.addEventListener('htmx:load', (event) => begin(event.target));
  begin(document);
})();

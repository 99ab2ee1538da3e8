// What the pages do by themselves in a browser that runs scripts. All of them work without; nothing is kept in the browser.
(() => {
  'use strict';

  // Parts that only work with this script are hidden until it runs.
  function begin(root) {
    for (const part of root.querySelectorAll('[data-scripted]')) part.hidden = false;
    for (const list of root.querySelectorAll('[data-chosen]')) tell(list);
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

  // What is downloaded once more gets a name of its own, wherever that name stands: [data-stamp="2026-11-22-140512"].
  function restamp(link) {
    if (link.dataset.restamp !== 'used') {
      link.dataset.restamp = 'used';
      return;
    }
    const part = link.closest('[data-stamp]');
    const before = part.dataset.stamp;
    const [day, time] = new Date().toISOString().split('T');
    const now = `${day}-${time.slice(0, 8).replaceAll(':', '')}`;
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = part; node; node = walker.nextNode()) {
      for (const text of node.attributes ?? [node]) text.nodeValue = text.nodeValue.replaceAll(before, now);
    }
  }

  // What is checked in a long list stands together: <div data-chosen="ID of the sentence"> around labels.
  function tell(list) {
    const chosen = [...list.querySelectorAll('label:has(input:checked)')].map((label) => label.textContent.trim());
    document.getElementById(list.dataset.chosen).textContent = chosen.length > 0 ? `Chosen: ${chosen.join(', ')}` : '';
  }

  // A search field shows those that fit: <input data-filter="ID of the list">. The labels that fit, the best first.
  function filter(field) {
    const wanted = field.value.trim().toLowerCase();
    const text = (label) => label.textContent.trim().toLowerCase();
    const labels = [...document.getElementById(field.dataset.filter).querySelectorAll('label')];
    for (const label of labels) label.hidden = !text(label).includes(wanted);
    const fit = labels.filter((label) => !label.hidden);
    return fit.filter((label) => text(label).startsWith(wanted)).concat(fit);
  }

  // A short name is made of the name until somebody writes one: <input data-short-name="ID of its field">.
  function shorten(field) {
    const short = document.getElementById(field.dataset.shortName);
    if (short.value !== '' && short.value !== short.dataset.made) return;
    const plain = field.value.normalize('NFKD').replaceAll(/[\u0300-\u036f]/g, '').toLowerCase();
    short.dataset.made = plain.replaceAll(/[^a-z0-9]+/g, '-').slice(0, 40).replaceAll(/^-|-$/g, '');
    short.value = short.dataset.made;
  }

  // Of a file that was chosen, the column that holds the state's voter id: <input type="file" data-header="ID of its field">.
  const ID_COLUMNS = ['ncid', 'statevoterid', 'stateid', 'sosvoterid', 'voterid', 'idnumber', 'svid', 'id'];
  async function guess(field) {
    const named = document.getElementById(field.dataset.header);
    const [file] = field.files;
    if (!file || (named.value !== '' && named.value !== named.dataset.made)) return;
    const [line] = (await file.slice(0, 65536).text()).replace(/^\uFEFF/, '').split(/\r?\n/, 1);
    const columns = line.split(/[,;\t|]/).map((name) => name.trim().replaceAll(/^"|"$/g, ''));
    const plain = columns.map((name) => name.toLowerCase().replaceAll(/[^a-z]/g, ''));
    const wanted = ID_COLUMNS.find((name) => plain.includes(name));
    named.dataset.made = wanted === undefined ? '' : columns[plain.indexOf(wanted)];
    named.value = named.dataset.made;
  }

  document.addEventListener('change', (event) => {
    if (event.target.dataset.header !== undefined) guess(event.target);
  });

  document.addEventListener('input', (event) => {
    if (event.target.dataset.shortName !== undefined) shorten(event.target);
    if (event.target.dataset.filter !== undefined) filter(event.target);
    const list = event.target.closest('[data-chosen]');
    if (list) tell(list);
  });

  document.addEventListener('keydown', (event) => {
    const field = event.target;
    if (event.key !== 'Enter' || field.dataset?.filter === undefined) return;
    // Not the whole form.
    event.preventDefault();
    const [first] = filter(field);
    if (field.value.trim() === '' || !first) return;
    first.querySelector('input').checked = true;
    field.value = '';
    filter(field);
    tell(document.getElementById(field.dataset.filter));
  });

  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-restamp]');
    if (link) restamp(link);
    const button = event.target.closest('button');
    if (button?.dataset.copy !== undefined) copy(button);
    if (button?.dataset.print !== undefined) window.print();
  });

  // A link that is there to be copied is chosen as a whole.
  document.addEventListener('focusin', (event) => {
    if (event.target.matches('input[readonly].whole')) event.target.select();
  });

  // A form that is sent while its page stays, and is answered with an error's page: sent once more, so that this is read.
  for (const failed of ['htmx:responseError', 'htmx:sendError']) {
    document.addEventListener(failed, (event) => {
      if (event.target.matches('form[hx-post]')) event.target.submit();
    });
  }

  document.addEventListener('htmx:load', (event) => begin(event.target));
  begin(document);
})();

// Builds the page's elements. Text is only ever set as text, so that nothing in it can be taken for markup.

/** An element with a class (may be empty) and children: elements, or anything else as its text. */
export function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.map(child => child instanceof Node ? child : String(child)));
  return made;
}

export function byId(id) {
  return document.getElementById(id);
}

/** A table; columns: [{title, number, className}], rows: [{cells, note}], cells: elements or text, note: a line below. */
export function table(columns, rows) {
  const head = element('tr', '', ...columns.map(column => element('th', column.number ? 'number' : '', column.title)));
  const body = element('tbody');
  for (const { cells, note } of rows) {
    const row = element('tr');
    cells.forEach((cell, i) => row.append(element('td', columns[i].number ? 'number' : columns[i].className ?? '', cell)));
    body.append(row);
    if (note) {
      const cell = element('td', 'reason', note);
      cell.colSpan = columns.length;
      body.append(element('tr', 'note', cell));
    }
  }
  return element('div', 'scroll', element('table', '', element('thead', '', head), body));
}

/** A bar that is filled to a share from 0 to 1. */
export function meter(share, className) {
  const fill = element('i');
  fill.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  return element('span', `meter ${className ?? ''}`, fill);
}

/** Calls render only where the value is another one than the last time; keeps the focus on what has the same data-key. */
export function onChange(container, render) {
  let last;
  return value => {
    const text = JSON.stringify(value);
    if (text === last) return;
    last = text;
    const key = container.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    container.replaceChildren(...render(value));
    if (key !== undefined) {
      [...container.querySelectorAll('[data-key]')].find(each => each.dataset.key === key)?.focus();
    }
  };
}

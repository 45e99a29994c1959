// Draws a figure's text alternative once somebody opens it, and again when its numbers change. As components of the page
// the cells of a page's tables cost seconds at every answer, though nobody had opened one. Every cell is only ever text.
(function () {
  const drawn = new WeakMap();
  const make = (name, text, into) => {
    const made = into.appendChild(document.createElement(name));
    if (text !== null) made.textContent = text;
    return made;
  };

  const draw = (place) => {
    if (drawn.get(place) === place.dataset.table) return;
    drawn.set(place, place.dataset.table);
    const { title, more, head, rows } = JSON.parse(place.dataset.table);
    const table = document.createElement("table");
    table.setAttribute("aria-label", title);
    if (more) make("caption", more, table);
    const names = make("tr", null, make("thead", null, table));
    head.forEach((name) => make("th", name, names).setAttribute("scope", "col"));
    const body = make("tbody", null, table);
    rows.forEach((row) => {
      const line = make("tr", null, body);
      row.forEach((cell) => make("td", cell, line));
    });
    place.replaceChildren(table);
  };

  document.addEventListener(
    "toggle",
    (event) => {
      const details = event.target;
      if (!(details instanceof Element) || !details.matches("details.alternative") || !details.open) return;
      const all = () => details.open && details.querySelectorAll("[data-table]").forEach(draw);
      all();
      if (drawn.has(details)) return;
      drawn.set(details, "watched");
      new MutationObserver(all).observe(details, { subtree: true, childList: true, attributeFilter: ["data-table"] });
    },
    true
  );
})();

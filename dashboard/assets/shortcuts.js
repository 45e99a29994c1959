// Keyboard shortcuts. They do what a control or a link does, never more; in a field the keys are the field's.
(function () {
  const PERIODS = ["1", "3", "7", "14", "28", "all"];
  const LEADER_MS = 3000; // between the two keys' own times: where the page is busy, they are handled late
  let leader = -LEADER_MS;
  const set = (id, props) => window.dash_clientside.set_props(id, props);
  const typing = (target) => target.closest("input, textarea, select, [contenteditable], [role=dialog], .ag-root");

  const press = {
    "/": () => document.getElementById("c-q")?.focus(),
    "?": () => set("help", { opened: true }),
    t: () => document.getElementById("toggle")?.click(),
    x: () => set("url", { search: "" }),
  };
  PERIODS.forEach((period, place) => (press[String(place + 1)] = () => set("asked", { data: { period: period, at: Date.now() } })));

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof Element)) return;
    if (typing(event.target)) return;
    const link =
      event.timeStamp - leader < LEADER_MS && document.querySelector(`.nav-link[title="g then ${CSS.escape(event.key)}"]`);
    leader = event.key === "g" ? event.timeStamp : -LEADER_MS;
    const act = link ? () => link.click() : press[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
})();

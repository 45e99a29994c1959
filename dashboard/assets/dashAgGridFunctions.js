// What the grids call by name. Only a person's tick or sort counts: those set by the page itself are not news.
(function () {
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  const BY_HAND = ["checkboxSelected", "rowClicked", "spaceKey"];
  const MAX = 6;
  const short = (id) => id.slice(0, id.indexOf("_") + 9);
  const ask = (asked) => window.dash_clientside.set_props("asked", { data: { ...asked, at: Date.now() } });
  const chosen = () => (new URLSearchParams(window.location.search).get("pick") || "").split(",").filter(Boolean);

  functions.pick = function (params) {
    if (!BY_HAND.includes(params.source)) return;
    const here = params.api.getSelectedNodes().map((node) => short(node.id));
    const known = new Set();
    params.api.forEachNode((node) => known.add(short(node.id)));
    const before = chosen();
    // The order of picking is the order of colours: what was drawn keeps its colour. What is not in this grid stays.
    const kept = before.filter((id) => here.includes(id) || !known.has(id));
    const picked = kept.concat(here.filter((id) => !before.includes(id)));
    if (picked.length > MAX) {
      params.api.forEachNode((node) => node.isSelected() && !before.includes(short(node.id)) && node.setSelected(false));
      window.dash_clientside.set_props("toasts", {
        sendNotifications: [
          { action: "show", id: "over", message: "Up to " + MAX + " creatives are drawn and compared. Take one off first." },
        ],
      });
      return;
    }
    ask({ pick: picked.join(",") });
  };

  functions.sorted = function (params) {
    if (!params.source.startsWith("uiColumn")) return;
    const by = params.api.getColumnState().find((column) => column.sort);
    ask({ sort: by ? (by.sort === "desc" ? "-" : "") + by.colId : "" });
  };

  // Enter opens what the row leads to; Space on a first cell that is a link is left to picking.
  functions.follow = function (params) {
    const event = params.event;
    if (event.key !== "Enter" || !params.data || !params.data.href) return;
    if (event.target.closest("a, button, input")) return;
    event.preventDefault();
    functions.go(params.data.href);
  };

  // Moves on without loading the page anew, as a dcc.Link does.
  functions.go = function (href) {
    window.history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    const part = href.includes("#") && document.getElementById(href.split("#")[1]);
    if (part) part.scrollIntoView();
    else window.scrollTo(0, 0);
  };

  // Which sides of a grid have more columns than are seen: numbers.css lets the edge fade there.
  functions.edges = function (params, name) {
    window.requestAnimationFrame(() => {
      const place = document.getElementById(name);
      const seen = place && place.querySelector(".ag-center-cols-viewport");
      if (!seen) return;
      const left = seen.scrollLeft > 2;
      const right = seen.scrollLeft + seen.clientWidth < seen.scrollWidth - 2;
      place.dataset.more = [left && "left", right && "right"].filter(Boolean).join(" ");
    });
  };

  // On a phone the first columns are narrow, so that a number is in sight beside them.
  functions.settle = function (params) {
    if (window.innerWidth >= 700 || params.api.whichadSettled) return;
    const first = params.api.getAllDisplayedColumns().find((column) => column.getColDef().field);
    if (!first) return;
    params.api.whichadSettled = true;
    // After the grid has finished with its new columns, or it sets their widths once more.
    window.setTimeout(() => {
      if (params.api.isDestroyed()) return;
      params.api.setColumnWidths([{ key: first.getColId(), newWidth: Math.min(first.getActualWidth(), 190) }]);
    });
  };
})();

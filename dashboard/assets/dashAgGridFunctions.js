// What the grid calls by name. Only a person's tick counts: ticks set by the page itself are not news.
(function () {
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  const BY_HAND = ["checkboxSelected", "rowClicked", "spaceKey"];
  const MAX = 6;

  functions.pick = function (params, setEventData) {
    if (!BY_HAND.includes(params.source)) return;
    const before = params.api.whichadPicked || [];
    let ids = params.api.getSelectedNodes().map((node) => node.id);
    const over = ids.length > MAX;
    if (over) {
      const newest = ids.filter((id) => !before.includes(id));
      newest.forEach((id) => params.api.getRowNode(id).setSelected(false));
      ids = ids.filter((id) => before.includes(id));
    }
    // The order of picking is the order of colours: what was drawn keeps its colour.
    ids = before.filter((id) => ids.includes(id)).concat(ids.filter((id) => !before.includes(id)));
    params.api.whichadPicked = ids;
    setEventData({ ids: ids, over: over });
  };

  // On a phone the money comes right after the creative; the rest is a swipe away.
  functions.narrow = function (params) {
    if (window.innerWidth >= 700 || params.api.whichadNarrowed || !params.api.getColumn("profit")) return;
    params.api.whichadNarrowed = true;
    // After the grid has finished with its new columns, or it sets their widths once more.
    window.setTimeout(() => {
      if (params.api.isDestroyed()) return;
      params.api.moveColumns(["profit", "objective"], 2);
      params.api.setColumnWidths([
        { key: "creative", newWidth: 178 },
        { key: "profit", newWidth: 96 },
      ]);
    });
  };
})();

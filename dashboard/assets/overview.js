// The overview's own cells, and its thumbs: links that leave the page where it is scrolled to.
(function () {
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const h = (...parts) => window.React.createElement(...parts);

  // Who: rank, the creative's text as the way to its page, where it ran; on a phone its verdict, too.
  cells.Leader = function (params) {
    const { data } = params;
    return h(
      "div",
      { className: "cell-creative" },
      h("span", { className: "rank" }, data.rank),
      h(
        "div",
        { className: "cell-words" },
        h("div", { className: "cell-text", dir: "auto" }, cells.link(params, data.text)),
        h("div", { className: "cell-about" }, data.about),
        h(
          "div",
          { className: "cell-narrow" },
          h(cells.Verdicts, params),
          h("div", { className: "cell-about" }, "Profit " + data.profit_text + " · Spend " + data.spend_text)
        )
      )
    );
  };

  // What to do, and why: words that are read, not a tooltip.
  cells.Advice = function ({ data }) {
    return h(
      "div",
      { className: "cell-advice" },
      data.do && h("b", null, data.do),
      data.scope && h("span", { className: "cell-about" }, " " + data.scope),
      data.reason && h("div", { className: "cell-why" }, data.reason)
    );
  };

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("a.thumb");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    window.history.pushState({}, "", link.getAttribute("href"));
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  });
})();

// How cells look. React writes every text as text: a creative is hostile until proven otherwise, and it never is.
(function () {
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const h = (...parts) => window.React.createElement(...parts);

  cells.Verdicts = function ({ data }) {
    if (!data.verdicts.length) return h("span", { className: "cell-about" }, data.none);
    return h(
      "div",
      { className: "verdicts" },
      data.verdicts.map((one) =>
        h(
          "span",
          { key: one.v, className: "verdict verdict-" + one.v },
          h("span", { "aria-hidden": "true" }, one.mark + " "),
          (one.n ? one.n + " " : "") + one.word
        )
      )
    );
  };

  // [low, mid, high, target], each 0 to 100 on an axis that all rows share, or null.
  cells.Interval = function ({ data }) {
    const [low, mid, high, target] = data.bar;
    const past = mid === 0 || mid === 100; // it lies beyond the axis
    const at = (place, name) => place !== null && h("i", { key: name, className: name, style: { left: place + "%" } });
    const range =
      low !== null && high !== null && h("i", { className: "range", style: { left: low + "%", width: high - low + "%" } });
    return h(
      "div",
      { className: "cell-interval" },
      h("div", null, h("b", null, data.rate_text), " ", h("span", { className: "cell-about" }, data.limits)),
      h("div", { className: "bar", "aria-hidden": "true" }, range, at(target, "target"), at(mid, past ? "dot past" : "dot"))
    );
  };

  // The row's way on: a true link (it can be opened in a tab), that moves on without loading the page anew.
  const link = ({ data }, children, className) =>
    data.href
      ? h(
          "a",
          {
            href: data.href,
            className: className || "cell-link",
            tabIndex: -1,
            onClick: (event) => {
              event.stopPropagation();
              if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
              event.preventDefault();
              window.dashAgGridFunctions.go(data.href);
            },
          },
          children
        )
      : children;
  cells.link = link;

  cells.Link = function ({ value, valueFormatted, data }) {
    return h("div", { className: "cell-text", dir: "auto" }, link({ data }, valueFormatted || value));
  };

  // A small picture drawn by the server (a data URI), beside its words.
  cells.Spark = function ({ value, data }) {
    return value ? h("img", { src: value, className: "cell-spark", alt: data.spark_alt || "" }) : null;
  };

  cells.Prose = function ({ value }) {
    return h("div", { className: "cell-text", dir: "auto" }, value);
  };

  // A raw text in pieces: what it alone has is inserted, what the creative's text has in its place is struck out.
  cells.Differences = function ({ data }) {
    const tags = { same: "span", changed: "ins", missing: "del" };
    return h(
      "div",
      { className: "cell-differences", dir: "auto" },
      data.pieces.map(([kind, text], place) => h(tags[kind] || "span", { key: place }, text))
    );
  };

  // One verdict as a chip: its mark and its word, in the verdict's colours.
  cells.Verdict = function ({ value, data }) {
    return h("span", { className: "verdict verdict-" + data.verdict_key }, value);
  };
})();

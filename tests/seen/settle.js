// Bring every late panel near, wait until all panels have their answer and nothing moves any more. Answers what is still
// awaited when the time is over, "" where nothing is. `scheme`: the colours that figures must have by then.
async ([scheme, seconds]) => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const wait = (ms) => new Promise((go) => setTimeout(go, ms));
  const muted = { light: "#566270", dark: "#9aa7b5" }[scheme];
  const awaited = () => {
    const late = all(".late:not([data-made])").find((place) => place.checkVisibility());
    if (late) {
      late.scrollIntoView({ block: "center" });
      return late.dataset.late + " to be made";
    }
    if (document.documentElement.dataset.mantineColorScheme !== scheme) return "the scheme";
    if (!all(".card.panel").length) return "panels";
    const panel = all(".card.panel").find((one) => one.checkVisibility() && !one.querySelector(".foot:not(:empty)"));
    if (panel) return panel.id;
    const figure = all(".panel.figure .dash-graph").find((one) => {
      if (!one.checkVisibility()) return false;
      const plot = one.querySelector(".js-plotly-plot");
      return !plot || !plot.layout || plot.layout.font?.color !== muted || !plot.querySelector(".main-svg");
    });
    if (figure) return figure.id;
    if (document.querySelector("[data-dash-is-loading=true]")) return "an answer";
    return "";
  };
  const state = () =>
    [document.documentElement.scrollHeight, ...["svg path", "svg text", ".ag-cell", ".ag-header-cell", ".kpi"].map((one) => all(one).length)].join();
  const end = performance.now() + seconds * 1000;
  let [last, still] = ["", 0];
  while (performance.now() < end) {
    const missing = awaited();
    const now = missing || state();
    still = now === last && !missing ? still + 1 : 0;
    if (still >= 6) {
      window.scrollTo(0, 0);
      await document.fonts.ready;
      await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
      return "";
    }
    last = now;
    await wait(80);
  }
  return "waited in vain for " + (awaited() || "the page to stand still");
}

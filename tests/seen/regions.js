// The parts of a page that are looked at by themselves, in the order of the page, with what a picture must show in them.
() => {
  const box = (element) => {
    const at = element.getBoundingClientRect();
    return [at.left + window.scrollX, at.top + window.scrollY, at.width, at.height].map(Math.round);
  };
  const seen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const figures = [...document.querySelectorAll(".panel.figure .js-plotly-plot")].filter(seen);
  const name = (plot) => plot.parentElement.closest("[id]").id;
  const regions = [...document.querySelectorAll("header.top, #controls, .page-head, .head:not(:empty), .card.panel")]
    .filter((one) => seen(one) && one.getBoundingClientRect().height > 1)
    .map((one) => [one.id || one.className.split(" ")[0], box(one)]);
  // What a figure draws, without the words around it, which would hide that it is elsewhere.
  figures.forEach((plot) =>
    plot.querySelectorAll(".nsewdrag").forEach((area, place) => regions.push([`${name(plot)}/${place + 1}`, box(area)]))
  );
  const plots = figures.map((plot) => [name(plot), box(plot)]);
  const labels = [...document.querySelectorAll(".js-plotly-plot text")]
    .filter((text) => seen(text) && text.textContent.trim() && text.getBoundingClientRect().width > 2)
    .map((text) => {
      const style = getComputedStyle(text);
      const large = parseFloat(style.fontSize) >= (Number(style.fontWeight) >= 700 ? 18.66 : 24);
      const colour = (style.fill.match(/[\d.]+/g) || [0, 0, 0]).slice(0, 3).map(Number);
      return [text.textContent.trim().slice(0, 60), box(text), colour, large ? 3 : 4.5];
    });
  return { regions: regions.map(([id, at]) => [id.replaceAll(" ", "/"), at]), plots, labels };
}

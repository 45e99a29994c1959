// Exports carry what the URL says at the moment of the click; a chart becomes a picture here, on this machine.
document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const file = target?.closest("a[data-export]");
  if (file) {
    const kind = file.pathname.split(".").pop();
    file.href = "/export/" + file.dataset.export + "." + kind + window.location.search;
    return;
  }
  const picture = target?.closest("button[data-png]");
  const plot = picture && document.getElementById(picture.dataset.png)?.querySelector(".js-plotly-plot");
  if (!plot) return;
  const ground = getComputedStyle(document.body).getPropertyValue("--card").trim();
  window.Plotly.toImage(
    { data: plot.data, layout: { ...plot.layout, paper_bgcolor: ground, plot_bgcolor: ground } },
    { format: "png", scale: 2, width: plot.clientWidth, height: plot.clientHeight }
  ).then((url) => {
    const link = document.createElement("a");
    link.href = url;
    link.download = plot.layout.meta?.file || "whichad-" + picture.dataset.png + ".png";
    link.click();
  });
});

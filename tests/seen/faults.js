// What is wrong with a page as it stands, found in its boxes: a list of sentences. What a panel shows must lie inside it,
// be read whole, and lie on nothing else that is read.
() => {
  const faults = [];
  const root = document.documentElement;
  const SLACK = 1.5; // px: rounding, and glyphs that lean out of their box
  const said = (node) => JSON.stringify(node.textContent.trim().replace(/\s+/g, " ").slice(0, 60));
  const seen = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

  // Where an element can be seen: what its clipping ancestors leave. Whoever scrolls can be scrolled to.
  const SCROLLS = ".ag-header-viewport, .ag-floating-top-viewport"; // these follow the body of their grid
  const window_of = (element, top) => {
    let [left, right, up, down] = [-1e9, 1e9, -1e9, 1e9];
    const cuts = [];
    for (let at = element; at && at !== top.parentElement; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (at instanceof SVGElement ? at.tagName !== "svg" : style.overflowX === "visible" && style.overflowY === "visible") continue;
      const box = at.getBoundingClientRect();
      const scrolls = [style.overflowX, style.overflowY].some((way) => way === "auto" || way === "scroll") || at.matches(SCROLLS);
      const shortens = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
      cuts.push({ box, scrolls, shortens });
      [left, right, up, down] = [
        Math.max(left, box.left), Math.min(right, box.right), Math.max(up, box.top), Math.min(down, box.bottom),
      ];
    }
    return { left, right, up, down, cuts };
  };

  const texts = (region) => {
    const found = [];
    const walk = document.createTreeWalker(region, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const parent = node.parentElement;
      if (!node.nodeValue.trim() || !seen(parent) || parent.closest("script, style, [hidden], noscript, .skip")) continue;
      const around = parent.getBoundingClientRect();
      if (around.width <= 1 || around.height <= 1) continue; // for screen readers only
      const range = document.createRange();
      range.selectNodeContents(node);
      const lines = [...range.getClientRects()].filter((line) => line.width > 1 && line.height > 1);
      if (lines.length) found.push({ node, parent, lines, shown: window_of(parent, region) });
    }
    return found;
  };

  const turned = (element) => {
    const angle = /rotate\((-?[\d.]+)/.exec(element.getAttribute("transform") || "");
    return angle && Math.abs(Number(angle[1])) % 90 > 1;
  };

  const look_at = (region, name) => {
    const card = region.getBoundingClientRect();
    const pieces = [];
    for (const { node, parent, lines, shown } of texts(region)) {
      for (const line of lines) {
        const drawn = {
          left: Math.max(line.left, shown.left), right: Math.min(line.right, shown.right),
          top: Math.max(line.top, shown.up), bottom: Math.min(line.bottom, shown.down),
        };
        let reachable = true;
        for (const cut of shown.cuts) {
          if (cut.scrolls) break;
          if (cut.shortens) { reachable = false; break; }
          const sideways = line.left < cut.box.left - SLACK || line.right > cut.box.right + SLACK;
          const leading = (line.height - parseFloat(getComputedStyle(parent).fontSize)) / 2 + SLACK;
          const upright = line.top < cut.box.top - leading || line.bottom > cut.box.bottom + leading;
          if (sideways || upright) { faults.push(`${name}: ${said(node)} is cut off`); reachable = false; }
          break;
        }
        if (drawn.right - drawn.left < 1 || drawn.bottom - drawn.top < 1) continue;
        if (reachable && (drawn.left < card.left - SLACK || drawn.right > card.right + SLACK || drawn.bottom > card.bottom + SLACK))
          faults.push(`${name}: ${said(node)} leaves its card`);
        if (!turned(parent)) pieces.push({ node, parent, box: drawn });
      }
    }
    pieces.sort((a, b) => a.box.top - b.box.top);
    pieces.forEach((one, place) => {
      for (let next = place + 1; next < pieces.length && pieces[next].box.top < one.box.bottom; next++) {
        const other = pieces[next];
        if (one.node === other.node) continue;
        const wide = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const high = one.box.bottom - other.box.top;
        const small = Math.min(one.box.bottom - one.box.top, other.box.bottom - other.box.top);
        if (wide > 3 && high > small * 0.4) faults.push(`${name}: ${said(one.node)} and ${said(other.node)} lie on each other`);
      }
    });
  };

  if (root.scrollWidth > window.innerWidth) faults.push(`the page is ${root.scrollWidth} px wide, the window ${window.innerWidth}`);
  document.querySelectorAll("header.top, #controls, .page-head, .head:not(:empty), .card.panel").forEach((region) => {
    if (!seen(region)) return;
    const name = region.id || region.className;
    const box = region.getBoundingClientRect();
    if (box.left < -SLACK || box.right > window.innerWidth + SLACK) faults.push(`${name} leaves the window`);
    look_at(region, name);
  });
  const cards = [...document.querySelectorAll(".card.panel")].filter(seen);
  cards.forEach((one, place) =>
    cards.slice(place + 1).forEach((other) => {
      const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
      if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)
        faults.push(`${one.id} and ${other.id} lie on each other`);
    })
  );
  return [...new Set(faults)];
}

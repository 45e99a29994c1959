// What links take along: what the address says when they are followed, which may be newer than what the server wrote.
(function () {
  const ticks = () => new URLSearchParams(window.location.search).get("pick");
  const plain = (event) => !(event.metaKey || event.ctrlKey || event.shiftKey || event.button);
  const within = (event, selector) => event.target instanceof Element && event.target.closest(selector);
  // Panels that ticks do not fill anew were filled without them.
  const UNMOVED = "[data-unmoved] a[href^='/']:not([data-export])";

  const ticked = (href) => {
    const [path, part] = href.split("#");
    const [place, search] = path.split("?");
    const said = new URLSearchParams(search || "");
    said.delete("pick");
    if (ticks()) said.set("pick", ticks());
    // The order in which the server spells an address: the creative comes last.
    const creative = said.get("creative");
    said.delete("creative");
    if (creative) said.set("creative", creative);
    const tail = said.toString().replaceAll("%2C", ",");
    return place + (tail ? "?" + tail : "") + (part ? "#" + part : "");
  };

  // Also for who opens it in a tab, or copies the address.
  const tell = (event) => {
    const link = within(event, UNMOVED);
    if (link) link.setAttribute("href", ticked(link.getAttribute("href")));
  };
  ["pointerdown", "focusin", "click"].forEach((name) => document.addEventListener(name, tell, true));

  document.addEventListener(
    "click",
    (event) => {
      const link = within(event, "a.nav-link") || within(event, UNMOVED);
      if (!link || !plain(event) || link.matches(".thumb")) return; // overview.js leaves the page where it is
      event.preventDefault();
      event.stopPropagation();
      const own = link.matches(".nav-link");
      window.dashAgGridFunctions.go(
        own ? link.pathname + window.dash_clientside.whichad.carried(window.location.search) : link.getAttribute("href")
      );
    },
    true
  );

  window.whichadTicked = (element, href) => (element.closest("[data-unmoved]") ? ticked(href) : href);
})();

// What runs in the browser: the pulse, the colour scheme, the navigation's addresses, the grid's ticks.
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.whichad = {
  // Asks the server for the pulse; a new version is the one thing that makes the page query again.
  pulse: async function (_beat, version) {
    const same = window.dash_clientside.no_update;
    if (document.hidden) return [same, same, same, same, same, same];
    try {
      const answer = await fetch("/live", { cache: "no-store", credentials: "same-origin" });
      if (answer.status === 401) {
        window.location.reload(); // the session has ended: the server sends to the login
        return [same, same, same, same, same, same];
      }
      if (!answer.ok) throw new Error(String(answer.status));
      const now = await answer.json();
      const news = now.version !== version || window.dash_clientside.whichad.lost;
      window.dash_clientside.whichad.lost = false;
      // News that nobody asked for covers nothing; but what a visitor still waits for keeps its sign.
      if (news && !document.querySelector(".trouble[data-dash-is-loading]"))
        document.documentElement.dataset.refresh = "live";
      return [news ? now.version : same, now.as_of, now.live, now.live_class, now.banner, !now.banner];
    } catch (failed) {
      window.dash_clientside.whichad.lost = true; // what was asked meanwhile got no answer: once it is back, all is asked again
      return [same, same, "Connection lost, trying again", "live lost", same, same];
    }
  },

  // The scheme in effect. The toggle's own word is not asked: it says "light" first even where the system is dark.
  scheme: function (_toggle) {
    const root = document.documentElement;
    const now = () => (root.getAttribute("data-mantine-color-scheme") === "dark" ? "dark" : "light");
    const tell = () => document.body.setAttribute("data-ag-theme-mode", now());
    tell();
    new MutationObserver(() => {
      tell();
      window.dash_clientside.set_props("scheme", { data: now() });
    }).observe(root, { attributeFilter: ["data-mantine-color-scheme"] });
    return now();
  },

  // The ticks in the grid follow what is picked in the URL, also after rows were replaced.
  tick: function (view, rows) {
    const picked = (new URLSearchParams(view || "").get("pick") || "").split(",").filter(Boolean);
    const short = (id) => id.slice(0, id.indexOf("_") + 9);
    return { ids: (rows || []).map((row) => row.id).filter((id) => picked.includes(short(id))) };
  },

  // Every page's address carries the period and the filters on; what only one page reads stays behind.
  carried: function (search) {
    const own = ["show", "sort", "of", "metric", "creative"];
    const kept = new URLSearchParams(search || "");
    own.forEach((name) => kept.delete(name));
    const tail = kept.toString().replaceAll("%2C", ",");
    return tail ? "?" + tail : "";
  },

  navigate: function (search, path, ids) {
    const tail = window.dash_clientside.whichad.carried(search);
    return [
      ids.map((id) => id.nav + tail),
      ids.map((id) => (id.nav === path ? "nav-link here" : "nav-link")),
    ];
  },

  // The visitor's own touch: from now on a wait is shown.
  touched: function () {
    delete document.documentElement.dataset.refresh;
    return window.dash_clientside.no_update;
  },

  // Late panels are made when they come within a screen's height of what is seen.
  near: function (_ids) {
    const watch = new IntersectionObserver(
      (seen) =>
        seen.forEach((one) => {
          if (!one.isIntersecting || "made" in one.target.dataset) return; // two may watch the same place
          watch.unobserve(one.target);
          one.target.dataset.made = "";
          delete document.documentElement.dataset.refresh;
          window.dash_clientside.set_props({ late: one.target.dataset.late }, { n_clicks: 1 });
        }),
      { rootMargin: "600px 0px" }
    );
    document.querySelectorAll(".late:not([data-made])").forEach((place) => watch.observe(place));
    return window.dash_clientside.no_update;
  },

  open: function (clicks) {
    return !!clicks;
  },

  // On a phone the filters are folded away under the period, until they are asked for.
  fold: function (clicks) {
    const unfolded = clicks % 2 === 1;
    return ["folding" + (unfolded ? "" : " folded"), String(unfolded)];
  },
};

// A link of the navigation carries on what the URL says at the moment of the click: its own address is that of the last
// view that the server has answered, which may be the one before.
document.addEventListener(
  "click",
  (event) => {
    const link = event.target instanceof Element && event.target.closest("a.nav-link");
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    event.stopPropagation();
    window.dashAgGridFunctions.go(link.pathname + window.dash_clientside.whichad.carried(window.location.search));
  },
  true
);

// "Try again" is a touch, too.
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest(".trouble button")) delete document.documentElement.dataset.refresh;
});

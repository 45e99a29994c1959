// What runs in the browser: the pulse, the colour scheme, and keeping the grid's selection with the trend's.
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.whichad = {
  // Asks the server for the pulse; a new version is the one thing that makes the page query again.
  pulse: async function (_beat, version) {
    const same = window.dash_clientside.no_update;
    if (document.hidden) return [same, same, same, same, same, same];
    try {
      const answer = await fetch("/live", { cache: "no-store" });
      if (!answer.ok) throw new Error(String(answer.status));
      const now = await answer.json();
      return [now.version === version ? same : now.version, now.as_of, "Live", "live", now.banner, !now.banner];
    } catch (lost) {
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

  // The ticks in the grid follow what the trend draws, also after rows were replaced.
  tick: function (chosen, _rows) {
    return { ids: chosen || [] };
  },
};

// Sets the colour scheme before the first paint (Mantine's own key), so that a dark page never flashes white.
(function () {
  var wish = "auto";
  try {
    wish = window.localStorage.getItem("mantine-color-scheme-value") || "auto";
  } catch (refused) {
    wish = "auto"; // storage may be switched off; the system's wish is a good default
  }
  var dark = wish === "dark" || (wish === "auto" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();

// What the account's menu does in the browser.
window.dash_clientside = window.dash_clientside || {};
window.dash_clientside.people = {
  // Ends the session. A form could not: the page's policy lets none be sent.
  logout: async function (_clicks) {
    const proof = (document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/) || [])[1] || "";
    await fetch("/logout", { method: "POST", headers: { "X-CSRFToken": proof }, redirect: "manual" });
    window.location.assign("/login");
    return window.dash_clientside.no_update;
  },

  // What a dialog begins with. The server's answer to the opening could come when one has begun to type.
  blank_view: () => ["", ""],
  blank_note: () => [null, [null, null], "", null, null, "Write one", { display: "none" }, ""],

  // A dialog whose work is done.
  close: function (closing) {
    const dialog = closing && document.getElementById(closing[0]);
    if (dialog) dialog.close();
    return window.dash_clientside.no_update;
  },
};

// An open menu closes on Escape, when something in it was chosen, and when one turns to something else; a dialog opens
// and closes by what is marked for it.
(function () {
  const close = (but) =>
    document.querySelectorAll("details.drop[open]").forEach((menu) => menu !== but && menu.removeAttribute("open"));
  document.addEventListener("click", (event) => {
    const chosen = event.target.closest(".drop-panel a, .drop-panel button");
    const opens = event.target.closest("[data-opens]");
    if (opens) {
      const dialog = document.getElementById(opens.dataset.opens);
      dialog.showModal();
      const first = dialog.querySelector("[data-first] input"); // else the browser takes the button that closes
      if (first) first.focus();
    }
    const closes = event.target.closest("[data-closes]");
    if (closes) document.getElementById(closes.dataset.closes).close();
    close(chosen ? null : event.target.closest("details.drop"));
  });
  document.addEventListener("focusin", (event) => close(event.target.closest("details.drop")));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest && event.target.closest("details.drop[open]");
    if (!menu) return;
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  });
})();

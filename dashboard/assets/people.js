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
};

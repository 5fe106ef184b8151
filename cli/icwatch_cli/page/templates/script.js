(function () {
  "use strict";
  var page = document, root = page.documentElement, key = "icwatch-theme", opened = {}, lost = false;
  function kept() { try { return localStorage.getItem(key); } catch (error) { return null; } }
  function keep(theme) { try { localStorage.setItem(key, theme); } catch (error) { /* private windows keep nothing */ } }
  if (kept()) { root.dataset.theme = kept(); }
  root.classList.add("js");

  function switchTheme() {
    var dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme:dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    keep(root.dataset.theme);
  }

  function age() {
    var fresh = page.getElementById("fresh"), shown = page.querySelector("[data-age]");
    if (!fresh || !shown || !fresh.dataset.at) { return; }
    var texts = fresh.dataset.texts.split("|"), seconds = Math.max(0, Math.round(Date.now() / 1000 - fresh.dataset.at));
    var said = seconds < 120 ? seconds + texts[1] : Math.floor(seconds / 60) + texts[2];
    shown.textContent = (lost ? "· " + texts[3] + " " : "· ") + texts[0].replace("{age}", said);
    fresh.classList.toggle("late", seconds > 3 * fresh.dataset.every);
    fresh.classList.toggle("lost", lost);
  }

  function show(text) {
    var next = new DOMParser().parseFromString(text, "text/html"), before = page.querySelector("h1");
    var focused = page.activeElement && page.activeElement.id;
    ["main", "fresh"].forEach(function (id) {
      var old = page.getElementById(id), fresh = next.getElementById(id);
      if (old && fresh) { old.replaceWith(page.adoptNode(fresh)); }
    });
    Object.keys(opened).forEach(function (id) {
      var fold = page.getElementById(id);
      if (fold) { fold.open = opened[id]; }
    });
    if (focused && page.getElementById(focused)) { page.getElementById(focused).focus({preventScroll: true}); }
    page.title = next.title;
    page.querySelector("link[rel=icon]").href = next.querySelector("link[rel=icon]").href;
    var after = page.querySelector("h1");
    if (before && after && before.textContent !== after.textContent) {
      page.getElementById("said").textContent = after.textContent;
    }
  }

  function refresh() {
    var fresh = page.getElementById("fresh"), every = fresh ? Number(fresh.dataset.live) : 0;
    if (!every) { return; }
    if (page.hidden || String(getSelection())) { setTimeout(refresh, 2000); return; }
    fetch(location.href, {cache: "no-store", credentials: "same-origin"}).then(function (answer) {
      if (!answer.ok) { throw new Error(answer.status); }
      return answer.text();
    }).then(function (text) { lost = false; show(text); }, function () { lost = true; }).then(function () {
      age();
      setTimeout(refresh, 1000 * every);
    });
  }

  function filterRows(form) {
    var asked = new FormData(form), text = asked.get("text").trim(), rows = page.querySelectorAll(".rows tbody tr");
    var first = rows.length ? rows[0].dataset.at - 86400 * asked.get("days") : 0;
    rows.forEach(function (row) {
      var is = row.dataset, kind = asked.get("kind"), rule = asked.get("rule");
      row.hidden = Boolean(is.at < first || (kind && kind !== is.kind) || (rule && rule !== is.rule)
        || ("untold" in is && !asked.get("all")) || !row.textContent.includes(text));
    });
  }

  page.addEventListener("toggle", function (event) {
    if (event.target.id) { opened[event.target.id] = event.target.open; }
  }, true);
  page.addEventListener("click", function (event) {
    var button = event.target.closest("[data-theme-switch]");
    if (button) { switchTheme(); }
  });
  page.addEventListener("DOMContentLoaded", function () {
    var button = page.querySelector("[data-theme-switch]"), fresh = page.getElementById("fresh");
    if (button) { button.hidden = false; }
    page.querySelectorAll("[data-static]").forEach(function (form) {
      form.addEventListener("submit", function (event) { event.preventDefault(); filterRows(form); });
      form.addEventListener("input", function () { filterRows(form); });
      filterRows(form);
    });
    age();
    setInterval(age, 1000);
    if (fresh && Number(fresh.dataset.live)) { setTimeout(refresh, 1000 * fresh.dataset.live); }
  });
}());

// Keys: / find, j/k next/previous row, Enter opens it; x same, n different, u unsure, s seen (the button is pressed for you).
"use strict";
const rows = [...document.querySelectorAll("tr[data-href]")];
let at = -1;
function go(step) {
  if (!rows.length) return;
  at = Math.max(0, Math.min(rows.length - 1, at + step));
  const link = rows[at].querySelector("a");
  if (link) link.focus();
}
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  const button = document.querySelector(`button[data-key="${CSS.escape(event.key)}"]`);
  if (button) { event.preventDefault(); button.click(); }
  else if (event.key === "j") go(1);
  else if (event.key === "k") go(-1);
  else if (event.key === "/") { event.preventDefault(); document.querySelector("input[type=search]").focus(); }
});

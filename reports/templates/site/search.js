// The search page: asks Pagefind's index beside the site; nothing leaves this host.
// Chinese is indexed by character, so a query asks for its characters in their order.
const form = document.querySelector("form.search");
const input = document.querySelector("#query");
const found = document.querySelector("#found");
const results = document.querySelector("#results");
const without = document.querySelector("#without");
const here = document.currentScript.src;
const MOST = 30;
let pagefind;
let asked = 0;

const apart = (text) => text.replaceAll('"', " ").replace(/(\p{Script=Han})/gu, " $1 ").replace(/\s+/gu, " ").trim();
const joined = (html) => html
  .replace(/(?<=[\p{Script=Han}\u3000-\u303f\uff00-\uffef](?:<\/?mark>)*) (?=(?:<\/?mark>)*[\p{Script=Han}\u3000-\u303f\uff00-\uffef])/gu, "");

// The words around the first place of the query. A page's own words come before those in the other
// script, so that what both scripts write alike is shown as the page reads.
const BEFORE = 14;
const AFTER = 36;
function passage(page, text) {
  const told = document.createElement("p");
  told.className = "note";
  const whole = joined(page.content);
  const at = whole.indexOf(text);
  if (at < 0) {
    told.innerHTML = joined(page.excerpt);
    return told;
  }
  const mark = document.createElement("mark");
  mark.textContent = text;
  const end = at + text.length;
  told.append(whole.slice(Math.max(at - BEFORE, 0), at), mark, whole.slice(end, end + AFTER));
  return told;
}

async function ask(text) {
  const phrases = text.trim().split(/\s+/u).map((word) => `"${apart(word)}"`).join(" ");
  const answer = await pagefind.search(phrases);
  return answer.results.length ? answer : pagefind.search(apart(text));
}

async function search(text) {
  const mine = ++asked;
  results.replaceChildren();
  if (!apart(text)) {
    found.textContent = "";
    return;
  }
  found.textContent = "搜尋中…";
  try {
    pagefind ??= await import(new URL("pagefind/pagefind.js", here));
  } catch {
    found.textContent = "";
    without.hidden = false;
    return;
  }
  const answer = await ask(text);
  const pages = await Promise.all(answer.results.slice(0, MOST).map((result) => result.data()));
  if (mine !== asked) return;
  found.textContent = pages.length ? `找到 ${answer.results.length} 頁` : `沒有頁面提到「${text}」`;
  results.replaceChildren(...pages.map((page) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = page.url;
    link.textContent = page.meta.title;
    item.append(link, passage(page, text.trim()));
    return item;
  }));
}

without.hidden = location.protocol !== "file:";
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const address = new URL(location.href);
  address.searchParams.set("q", input.value);
  history.replaceState(null, "", address);
  search(input.value);
});
const given = new URL(location.href).searchParams.get("q");
if (given) {
  input.value = given;
  search(given);
}

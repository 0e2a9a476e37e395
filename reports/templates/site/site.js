// The search page: asks Pagefind's index beside the site; nothing leaves this host.
const form = document.querySelector("form.search");
const input = document.querySelector("#query");
const found = document.querySelector("#found");
const results = document.querySelector("#results");
const MOST = 30;
let pagefind;

async function search(text) {
  results.replaceChildren();
  if (!text.trim()) {
    found.textContent = "";
    return;
  }
  found.textContent = "搜尋中…";
  pagefind ??= await import(new URL("pagefind/pagefind.js", import.meta.url));
  const answer = await pagefind.search(text);
  found.textContent = answer.results.length ? `找到 ${answer.results.length} 頁` : `沒有頁面提到「${text}」`;
  for (const result of answer.results.slice(0, MOST)) {
    const page = await result.data();
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = page.url;
    link.textContent = page.meta.title;
    const excerpt = document.createElement("p");
    excerpt.className = "note";
    excerpt.innerHTML = page.excerpt;
    item.append(link, excerpt);
    results.append(item);
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const address = new URL(location.href);
  address.searchParams.set("q", input.value);
  history.replaceState(null, "", address);
  search(input.value);
});
const asked = new URL(location.href).searchParams.get("q");
if (asked) {
  input.value = asked;
  search(asked);
}

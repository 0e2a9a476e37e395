// Narrows the registry to a state, a material, an economy; without it every notice is listed.
const form = document.querySelector("#filter");
const shown = document.querySelector("#shown");
const rows = [...document.querySelectorAll("#notices tbody tr")];
const parts = { state: " ", material: "|", economy: " " };

function narrow() {
  const wanted = new FormData(form);
  let count = 0;
  for (const row of rows) {
    const fits = Object.entries(parts).every(([name, mark]) => {
      const value = wanted.get(name);
      return !value || row.dataset[name].split(mark).includes(value);
    });
    row.hidden = !fits;
    count += fits ? 1 : 0;
  }
  shown.textContent = `${count}／${rows.length} 則`;
}

form.hidden = false;
form.addEventListener("change", narrow);
narrow();

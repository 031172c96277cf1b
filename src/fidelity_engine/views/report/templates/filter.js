(() => {
  "use strict";
  const one = (id) => document.getElementById(id);
  const form = one("filters"), shown = one("shown");
  if (!form) return;
  const school = one("by-school"), practice = one("by-practice");
  const marked = [...document.querySelectorAll("[data-school], [data-practice]")];
  const findings = [...document.querySelectorAll("[data-finding]")];
  const lists = [...document.querySelectorAll("details.routine, .possible, .held")];

  const fits = (part, wanted, kind, number) => {
    if (wanted && part.dataset.school !== undefined && part.dataset.school !== wanted) return false;
    if (!number || part.dataset.practice === undefined) return true;
    return (kind === "p" ? part.dataset.practice : part.dataset.rule) === number;
  };

  const apply = () => {
    const wanted = school ? school.value : "", kind = practice.value.slice(0, 1), number = practice.value.slice(1);
    for (const part of marked) part.hidden = !fits(part, wanted, kind, number);
    for (const list of lists) {
      const rows = [...list.querySelectorAll("[data-school]")];
      if (rows.length && rows.every((row) => row.hidden)) list.hidden = true;
    }
    const left = findings.filter((part) => !part.hidden).length;
    shown.textContent = wanted || number ? `${left} of ${findings.length} findings shown` : "";
  };

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const choice of [school, practice]) if (choice) choice.addEventListener("change", apply);
  one("clear").addEventListener("click", () => {
    if (school) school.value = "";
    practice.value = "";
    apply();
  });
  apply();
})();

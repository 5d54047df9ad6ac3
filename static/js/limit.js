// The power limit: slider and number move together, and moving never sends. Apply does, and only when there is something new.
const touched = new WeakSet();

function parts() {
  const form = document.getElementById("limit-form");
  if (!form) return null;
  const slider = form.querySelector("#limit-slider");
  const number = form.querySelector("#limit-number");
  const apply = form.querySelector("#limit-apply");
  return { form, slider, number, apply };
}

function settle() {
  const here = parts();
  if (!here) return;
  const { form, slider, number, apply } = here;
  const off = form.dataset.off === "yes"; // the inputs are not morphed, so that a hand on them is not disturbed
  slider.disabled = off;
  number.disabled = off;
  if (!touched.has(form)) {
    slider.value = form.dataset.current;
    number.value = form.dataset.current;
  }
  const scope = form.querySelector('input[name="scope"]:checked')?.value ?? "station";
  const same = Number(number.value) === Number(form.dataset.current) && scope === form.dataset.scope;
  apply.disabled = off || !number.checkValidity() || same;
}

document.addEventListener("input", (event) => {
  const here = parts();
  if (!here || !here.form.contains(event.target)) return;
  const { form, slider, number } = here;
  touched.add(form);
  if (event.target === slider) number.value = slider.value;
  if (event.target === number && number.checkValidity()) slider.value = number.value;
  settle();
});

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  const sent = ctx?.sourceElement?.closest?.("#limit-form");
  if (sent && ctx.response?.status < 400) touched.delete(sent);
  if (event.target.closest?.("#drawer")) settle();
});

settle();

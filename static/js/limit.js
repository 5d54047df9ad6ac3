// The power limit: slider and number move together, and moving never sends. Apply does, and only when there is something new.
import { number as local, say } from "./words.js";

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
  const most = Number(form.dataset.max);
  const output = form.querySelector("#limit-output");
  const share = most && number.checkValidity() ? Math.round((Number(number.value) / most) * 100) : null;
  const beyond = !off && most && !number.checkValidity();
  const text = beyond ? say("beyond_limit", { most: local(most) }) : share === null ? "" : say("output", { share, kw: local(number.value) });
  if (output.textContent !== text) output.textContent = text;
  for (const button of form.querySelectorAll("[data-share]"))
    button.setAttribute("aria-pressed", String(share === Number(button.dataset.share)));
  const reset = form.querySelector("#limit-reset");
  reset.disabled = off || !touched.has(form) || Number(number.value) === Number(form.dataset.current);
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

// A share of the rated power, or back to what holds now: into the slider only, nothing is sent.
document.addEventListener("click", (event) => {
  const here = parts();
  const button = event.target.closest("[data-share], #limit-reset");
  if (!here || !button || !here.form.contains(button)) return;
  const { form, slider, number } = here;
  if (button.dataset.share) {
    touched.add(form);
    number.value = String(Math.round(Number(form.dataset.max) * Number(button.dataset.share)) / 100);
    if (!number.checkValidity()) number.value = Number(number.value).toFixed(1);
    slider.value = number.value;
  } else touched.delete(form);
  settle();
});

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  const sent = ctx?.sourceElement?.closest?.("#limit-form");
  if (sent && ctx.response?.status < 400) touched.delete(sent);
  if (event.target.closest?.("#drawer")) settle();
});

settle();

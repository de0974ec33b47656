// What a shape of a drawing has to say, at the pointer or under a finger. Without this
// the browser shows the same by itself after a while, but not on a phone.
(() => {
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.body.append(tip);
  for (const title of document.querySelectorAll("svg path > title")) {
    const shape = title.parentElement;
    shape.dataset.says = title.textContent;
    shape.setAttribute("aria-label", title.textContent);
    title.remove();
  }
  const show = (event) => {
    const says = event.target.dataset && event.target.dataset.says;
    tip.hidden = !says;
    if (!says) return;
    tip.textContent = says;
    const wide = document.documentElement.clientWidth;
    const left = Math.min(event.clientX + 12, wide - tip.offsetWidth - 8);
    tip.style.left = Math.max(8, left) + "px";
    const below = event.clientY + 18;
    const fits = below + tip.offsetHeight < window.innerHeight;
    tip.style.top = (fits ? below : event.clientY - tip.offsetHeight - 10) + "px";
  };
  document.addEventListener("pointermove", show);
  document.addEventListener("pointerdown", show);
  document.addEventListener("scroll", () => { tip.hidden = true; }, true);
})();

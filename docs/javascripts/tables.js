// A table that is wider than its place scrolls; by keyboard that takes a place that can be reached.
(() => {
  "use strict";
  const reach = () => {
    for (const place of document.querySelectorAll(".md-typeset__scrollwrap")) {
      if (place.scrollWidth > place.clientWidth) place.tabIndex = 0;
      else place.removeAttribute("tabindex");
    }
  };
  window.addEventListener("load", reach);
  window.addEventListener("resize", reach);
})();

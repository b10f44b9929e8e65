(() => {
  "use strict";

  // Deep links: open what is closed around the target, and show it if a filter hides it.
  const follow = () => {
    let name = location.hash.slice(1);
    try { name = decodeURIComponent(name); } catch { return; }
    const target = name && document.getElementById(name);
    if (!target) return;
    if (target.closest("[hidden]") && form) form.reset();
    for (let node = target; node; node = node.parentElement) {
      if (node instanceof HTMLDetailsElement) node.open = true;
    }
    const inner = target.querySelector(":scope > details");
    if (inner) inner.open = true;
    target.scrollIntoView();
    if (!target.hasAttribute("tabindex")) target.tabIndex = -1;
    target.focus({ preventScroll: true });
  };

  // Filters: an index of lower-case text, built once; only what changes is touched.
  const form = document.getElementById("filters");
  if (form) {
    const [text, outlook, verdict, category] = ["text", "outlook", "verdict", "category"]
      .map((name) => document.getElementById(`filter-${name}`));
    const count = document.getElementById("filter-count");
    const none = document.getElementById("filter-none");
    let total = 0;
    const groups = Array.from(document.querySelectorAll("#all-actions > .group"), (node) => {
      const name = node.querySelector("h3 bdi").textContent;
      const items = Array.from(node.querySelectorAll(":scope > .rows > li"), (item) => ({
        node: item,
        outlook: item.dataset.outlook,
        verdict: item.dataset.verdict,
        text: `${name} ${item.textContent}`.replace(/\s+/g, " ").toLowerCase(),
      }));
      total += items.length;
      return { node, key: node.dataset.category, items };
    });
    const show = (node, isShown) => { if (node.hidden === isShown) node.hidden = !isShown; };
    const apply = () => {
      const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const group of groups) {
        const before = shown;
        const isChosen = !category.value || category.value === group.key;
        for (const item of group.items) {
          const fits = isChosen
            && (!outlook.value || outlook.value === item.outlook)
            && (!verdict.value || verdict.value === item.verdict)
            && words.every((word) => item.text.includes(word));
          if (fits) shown += 1;
          show(item.node, fits);
        }
        show(group.node, shown > before);
      }
      count.textContent = `${shown} of ${total} actions`; // a reset would empty its value
      show(none, shown === 0);
    };
    let waiting = 0;
    const soon = () => { clearTimeout(waiting); waiting = setTimeout(apply, 60); };
    form.addEventListener("input", soon);
    form.addEventListener("submit", (event) => event.preventDefault());
    // The fields are empty only after the event; a deep link needs the result at once.
    form.addEventListener("reset", () => {
      for (const field of [text, outlook, verdict, category]) field.value = "";
      clearTimeout(waiting);
      apply();
    });
    form.hidden = false;
    apply();
  }

  // Paper: what a reader would open is open, and closed again afterwards.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("details:not(.brief):not([open])"));
    for (const node of opened) node.open = true;
  });
  addEventListener("afterprint", () => {
    for (const node of opened) node.open = false;
    opened = [];
  });

  addEventListener("hashchange", follow);
  follow();
})();

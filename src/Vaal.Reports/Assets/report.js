"use strict";
// The map: everything else on the page is plain HTML.
(() => {
  const done = () => { document.documentElement.dataset.ready = Math.round(performance.now()); };
  const data = JSON.parse(document.getElementById("data").textContent);
  const canvas = document.querySelector(".map canvas");
  if (!data || !canvas) return done();

  const box = canvas.parentElement, card = box.querySelector(".card"), spoken = document.querySelector(".spoken");
  const tile = card.querySelector(".tile"), path = card.querySelector("bdi"), line = card.querySelector(".line");
  const words = ["unlabelled", "labelled", "chosen"], names = ["--unlabelled", "--labelled", "--chosen"];
  const n = data.x.length, shown = [true, true, true];
  const order = [...Array(n).keys()].sort((a, b) => data.kind[a] - data.kind[b]);       // the chosen ones on top
  const chosen = order.filter(i => data.kind[i] === 2).sort((a, b) => data.rank[a] - data.rank[b]);
  const range = v => {
    let lo = Infinity, hi = -Infinity;
    for (const a of v) { if (a < lo) lo = a; if (a > hi) hi = a; }
    return hi > lo ? [lo, hi] : [lo - 1, lo + 1];
  };
  const [x0, x1] = range(data.x), [y0, y1] = range(data.y);
  const edge = 18;
  let width = 0, height = 0, zoom = 1, cx = .5, cy = .5, at = -1;

  // one scale along both axes would waste a wide box: the components have no common unit to keep
  const px = i => width / 2 + ((data.x[i] - x0) / (x1 - x0) - cx) * (width - 2 * edge) * zoom;
  const py = i => height / 2 - ((data.y[i] - y0) / (y1 - y0) - cy) * (height - 2 * edge) * zoom;

  function draw() {
    const ratio = window.devicePixelRatio || 1, style = getComputedStyle(canvas);
    width = canvas.clientWidth; height = canvas.clientHeight;
    canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio);
    const g = canvas.getContext("2d");
    g.scale(ratio, ratio);
    g.fillStyle = style.getPropertyValue("--panel"); g.fillRect(0, 0, width, height);
    const paper = g.fillStyle, colours = names.map(v => style.getPropertyValue(v));
    const grow = Math.min(2, Math.sqrt(zoom)), small = (n > 4000 ? 1.4 : n > 1000 ? 2 : 2.8) * grow;
    for (const i of order) {
      const k = data.kind[i];
      if (!shown[k]) continue;
      const x = px(i), y = py(i);
      if (x < -9 || y < -9 || x > width + 9 || y > height + 9) continue;
      g.fillStyle = colours[k];
      if (k === 0) {
        g.globalAlpha = .6; g.fillRect(x - small, y - small, 2 * small, 2 * small); g.globalAlpha = 1;
        continue;
      }
      g.beginPath();
      if (k === 1) g.arc(x, y, small * 1.35, 0, 7);
      else diamond(g, x, y, (n > 1000 ? 5 : 6.5) * Math.sqrt(grow), paper);
      g.fill();
    }
    if (at >= 0 && shown[data.kind[at]]) {
      g.beginPath(); g.arc(px(at), py(at), 9, 0, 7);
      g.lineWidth = 2.5; g.strokeStyle = style.getPropertyValue("--ink"); g.stroke();
    }
  }

  function diamond(g, x, y, r, border) {
    g.moveTo(x, y - r); g.lineTo(x + r, y); g.lineTo(x, y + r); g.lineTo(x - r, y); g.closePath();
    g.strokeStyle = border; g.lineWidth = 1.5; g.stroke();
  }

  function show(i, speak) {
    if (i === at && !card.hidden) return;
    at = i; card.hidden = i < 0;
    draw();
    if (i < 0) return;
    const score = data.score[i] === null ? "" : `score ${data.score[i].toFixed(3)}`;
    path.textContent = data.path[i];
    const kind = words[data.kind[i]] + (data.rank[i] ? ` #${data.rank[i]}` : "");
    line.textContent = [kind, score].filter(Boolean).join(", ");
    tile.hidden = !data.columns;
    if (data.columns) {
      const share = (a, of) => of <= 1 ? 0 : 100 * a / (of - 1);
      const column = share(i % data.columns, data.columns), row = share(Math.floor(i / data.columns), data.rows);
      tile.style.backgroundPosition = `${column}% ${row}%`;
    }
    const x = px(i), y = py(i), w = card.offsetWidth, h = card.offsetHeight;
    card.style.left = Math.max(4, Math.min(width - w - 4, x + 16 + w > width ? x - 16 - w : x + 16)) + "px";
    card.style.top = Math.max(4, Math.min(height - h - 4, y - h / 2)) + "px";
    if (speak) spoken.textContent = `${data.path[i]}, ${line.textContent}`;
  }

  function nearest(x, y, within) {
    let best = -1, least = within * within;
    for (let j = n - 1; j >= 0; j--) {
      const i = order[j];
      if (!shown[data.kind[i]]) continue;
      const dx = px(i) - x, dy = py(i) - y, d = dx * dx + dy * dy;
      if (d < least) { least = d; best = i; }
    }
    return best;
  }

  function towards(dx, dy) {
    if (at < 0 || !shown[data.kind[at]]) return nearest(width / 2, height / 2, 1e5);
    const x = px(at), y = py(at);
    let best = at, least = Infinity;
    for (let i = 0; i < n; i++) {
      if (!shown[data.kind[i]]) continue;
      const ax = px(i) - x, ay = py(i) - y, along = ax * dx + ay * dy, across = Math.abs(ax * dy) + Math.abs(ay * dx);
      if (along < .5 || across > along) continue;
      const d = along + 2 * across;
      if (d < least) { least = d; best = i; }
    }
    return best;
  }

  function scale(factor, x = width / 2, y = height / 2) {
    const before = zoom;
    zoom = factor ? Math.max(1, Math.min(40, zoom * factor)) : 1;
    const ux = (x - width / 2) / (width - 2 * edge), uy = (height / 2 - y) / (height - 2 * edge);
    cx += ux / before - ux / zoom; cy += uy / before - uy / zoom;
    keep(); show(-1);
  }

  // some of the map stays in view
  function keep() {
    const room = .5 / zoom;
    cx = Math.max(room, Math.min(1 - room, cx)); cy = Math.max(room, Math.min(1 - room, cy));
    box.classList.toggle("zoomed", zoom > 1);
  }

  function reveal(i) {
    const x = px(i), y = py(i);
    if (x < edge || x > width - edge || y < edge || y > height - edge) {
      cx = (data.x[i] - x0) / (x1 - x0); cy = (data.y[i] - y0) / (y1 - y0); keep();
    }
    show(i, true);
  }

  // of the chosen ones by rank; round and round, from the first or the last if none is shown
  function neighbour(step) {
    const here = chosen.indexOf(at), next = here < 0 && step < 0 ? -1 : here + step;
    return chosen[(next + chosen.length) % chosen.length];
  }

  let from = null;
  canvas.addEventListener("pointerdown", e => {
    from = { x: e.offsetX, y: e.offsetY, cx, cy };
    show(nearest(e.offsetX, e.offsetY, 22));
    if (zoom > 1) canvas.setPointerCapture(e.pointerId);
  });
  canvas.addEventListener("pointermove", e => {
    if (from && zoom > 1) {
      if (Math.hypot(e.offsetX - from.x, e.offsetY - from.y) < 5) return;
      cx = from.cx - (e.offsetX - from.x) / (width - 2 * edge) / zoom;
      cy = from.cy + (e.offsetY - from.y) / (height - 2 * edge) / zoom;
      keep(); at = -1; card.hidden = true; draw();
    } else show(nearest(e.offsetX, e.offsetY, 14));
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { from = null; });
  canvas.addEventListener("pointerleave", e => { if (e.pointerType === "mouse") show(-1); });
  canvas.addEventListener("dblclick", e => scale(2, e.offsetX, e.offsetY));
  canvas.addEventListener("keydown", e => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
    const step = { n: 1, p: -1 }[e.key.toLowerCase()];
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (way) reveal(towards(...way));
    else if (step && chosen.length && shown[2]) reveal(neighbour(step));
    else if (e.key === "+" || e.key === "=") scale(1.5);
    else if (e.key === "-") scale(1 / 1.5);
    else if (e.key === "0") scale(0);
    else if (e.key === "Escape") show(-1);
    else return;
    e.preventDefault();
  });
  for (const input of document.querySelectorAll("[data-kind]"))
    input.addEventListener("change", () => { shown[+input.dataset.kind] = input.checked; show(-1); draw(); });
  for (const button of document.querySelectorAll("[data-zoom]"))
    button.addEventListener("click", () => scale(+button.dataset.zoom));
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(draw).observe(canvas);
  draw();
  done();
})();

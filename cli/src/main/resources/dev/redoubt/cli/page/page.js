(() => {
  "use strict";
  const charts = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const drawn = [];

  const colour = name => getComputedStyle(root).getPropertyValue(name).trim();

  // Lines differ by dashes and width, not only by colour.
  const strokes = {
    first: { stroke: () => colour("--first"), width: 1.75 },
    second: { stroke: () => colour("--second"), width: 4, dash: [10, 6] },
  };

  const round = value => value == null ? "--" : Number(value.toPrecision(6)).toString();

  // Where faults struck: a line down, and a name beside it as far as there is room.
  const marks = list => u => {
    const c = u.ctx;
    const ratio = devicePixelRatio;
    c.save();
    c.strokeStyle = colour("--bad");
    c.fillStyle = colour("--bad");
    c.lineWidth = ratio;
    c.setLineDash([4 * ratio, 3 * ratio]);
    c.font = 12 * ratio + "px sans-serif";
    let row = 0;
    for (const mark of list) {
      const x = u.valToPos(mark.x, "x", true);
      c.beginPath();
      c.moveTo(x, u.bbox.top);
      c.lineTo(x, u.bbox.top + u.bbox.height);
      c.stroke();
      const width = c.measureText(mark.text).width;
      const right = x + 4 * ratio + width > u.bbox.left + u.bbox.width;
      c.textAlign = right ? "right" : "left";
      c.fillText(mark.text, x + (right ? -4 : 4) * ratio, u.bbox.top + (14 + 14 * (row % 3)) * ratio);
      row++;
    }
    c.restore();
  };

  const axis = label => ({
    label,
    labelSize: 24,
    labelFont: "13px sans-serif",
    font: "12px sans-serif",
    stroke: () => colour("--soft"),
    grid: { stroke: () => colour("--rule"), width: 1 },
    ticks: { stroke: () => colour("--rule"), width: 1 },
  });

  const height = width => Math.max(220, Math.min(340, Math.round(width * 0.4)));

  const draw = chart => {
    const place = document.querySelector("#" + chart.id + " .canvas");
    if (place === null) {
      return;
    }
    const one = chart.x.length === 1;
    const options = {
      width: place.clientWidth,
      height: height(place.clientWidth),
      scales: { x: { time: false }, y: { range: (u, low, high) => uPlot.rangeNum(low, high, 0.08, false) } },
      axes: [Object.assign(axis("step"), { size: 36 }), Object.assign(axis(chart.y), { size: 58 })],
      series: [
        { label: "step" },
        ...chart.lines.map(line => Object.assign({
          label: line.label,
          points: { show: one },
          value: (u, value) => round(value),
        }, strokes[line.style])),
      ],
      hooks: { draw: [marks(chart.marks)] },
    };
    place.replaceChildren();
    const plot = new uPlot(options, [chart.x, ...chart.lines.map(line => line.values)], place);
    place.dataset.drawn = "true";
    drawn.push({ plot, place });
  };

  const fit = width => {
    for (const { plot, place } of drawn) {
      const wanted = width || place.clientWidth;
      if (wanted > 0) {
        plot.setSize({ width: wanted, height: height(wanted) });
      }
    }
  };

  charts.forEach(draw);
  addEventListener("resize", () => fit(0));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => fit(0));

  // Paper is white, and as wide as it is.
  addEventListener("beforeprint", () => {
    root.classList.add("print");
    document.querySelectorAll("details").forEach(d => { d.dataset.was = String(d.open); d.open = true; });
    fit(680);
  });
  addEventListener("afterprint", () => {
    root.classList.remove("print");
    document.querySelectorAll("details").forEach(d => { d.open = d.dataset.was === "true"; });
    fit(0);
  });
})();

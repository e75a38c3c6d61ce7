// Makes a page livelier: it is drawn again by the server while it is looked at, and its plots are drawn. Without it everything works.

const main = document.querySelector('main');
const plots = new Map();

if ('live' in document.body.dataset && main !== null) follow(main);
drawPlots();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const { plot } of plots.values()) plot.destroy();
  plots.clear();
  drawPlots();
});
addEventListener('resize', () => {
  for (const [place, { plot }] of plots) plot.setSize({ width: place.clientWidth, height: 220 });
});

/** The same address, asked for events, is a stream of this very page. */
function follow(shown) {
  const offline = document.createElement('p');
  offline.className = 'offline';
  offline.setAttribute('role', 'status');
  const stream = new EventSource(location.href);
  stream.onopen = () => offline.remove();
  stream.onerror = () => {
    offline.textContent = 'The service does not answer; trying again …';
    document.body.append(offline);
    // Answered, but not by a stream: whoever looked must log in again, say.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 10_000);
  };
  stream.onmessage = ({ data }) => {
    const { title, main: drawn } = JSON.parse(data);
    document.title = `${title} · clerk-mirror`;
    Idiomorph.morph(shown, drawn, {
      morphStyle: 'innerHTML',
      ignoreActiveValue: true,
      callbacks: {
        // What the reader opened, typed and chose is the reader's; what was drawn here is not in what comes.
        beforeAttributeUpdated: (name, element) =>
          !(name === 'open' && element.localName === 'details') &&
          !(['value', 'checked'].includes(name) && element.matches('input, select, option')),
        beforeNodeRemoved: (node) => node.classList?.contains('uplot') !== true,
      },
    });
    drawPlots();
  };
}

function drawPlots() {
  if (typeof uPlot === 'undefined') return;
  for (const place of document.querySelectorAll('[data-plot]')) {
    const { names, columns } = numbersOf(place.parentElement.querySelector('details table'));
    if (names.length === 0) continue;
    const known = plots.get(place);
    if (known !== undefined && known.names.join() === names.join()) {
      known.plot.setData(columns);
      continue;
    }
    known?.plot.destroy();
    const plot = new uPlot(optionsFor(place, names), columns, place);
    plots.set(place, { plot, names });
  }
}

/** A plot's numbers are those of its table. */
function numbersOf(table) {
  const names = [...table.querySelectorAll('thead th')].slice(1).map((cell) => cell.textContent);
  const rows = [...table.querySelectorAll('tbody tr')];
  const times = rows.map((row) => Date.parse(row.querySelector('time').dateTime) / 1000);
  const column = (index) =>
    rows.map((row) => {
      const text = row.querySelectorAll('td')[index].textContent;
      return text === '' ? null : Number(text);
    });
  return { names, columns: [times, ...names.map((_, index) => column(index))] };
}

function optionsFor(place, names) {
  const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
  const colours = isDark
    ? ['#8db2ff', '#f5a35c', '#7fdca6', '#e58ad0', '#f2dc6b', '#a3abb8', '#c0a1ff']
    : ['#1d4fd8', '#b4530a', '#14683c', '#a01c7f', '#7a6a00', '#565d69', '#6b3fc0'];
  const axis = { stroke: isDark ? '#a3abb8' : '#565d69', grid: { stroke: isDark ? '#333a45' : '#d9dde3' } };
  return {
    width: place.clientWidth,
    height: 220,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'UTC'),
    scales: { y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.1 : 1] } },
    axes: [
      { ...axis, values: (_plot, splits) => splits.map(shortTime) },
      { ...axis, size: 56 },
    ],
    series: [
      { value: (_plot, seconds) => (seconds === null ? '–' : shortTime(seconds)) },
      ...names.map((label, index) => ({
        label,
        stroke: colours[index % colours.length],
        width: 1.5,
        points: { size: 4 },
      })),
    ],
  };
}

/** Midnights by their day, all else by its hour and minute. UTC, as everything here. */
function shortTime(seconds) {
  const text = new Date(seconds * 1000).toISOString();
  return text.slice(11, 16) === '00:00' ? text.slice(5, 10) : text.slice(11, 16);
}

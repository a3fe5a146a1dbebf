'use strict';

// Power over the last day: points {t (s since 1970), out, in (W, null: not known)} in the order of time. What is older
// than a quarter of an hour is kept as the mean of ten seconds, so that a day fits into the browser's storage.
class History {
  static longest = 24 * 3600;
  static fine = 15 * 60;
  static step = 10;

  constructor(points = []) {
    this.points = points.map(([t, out, into]) => ({ t, out, in: into }));
  }

  /** direction: 'out' from the grid, 'in' to it. Values of one telegram have one time; late ones find their place. */
  add(t, direction, watts) {
    let at = this.points.length;
    while (at > 0 && this.points[at - 1].t > t) --at;
    if (this.points[at - 1]?.t === t) this.points[at - 1][direction] = watts;
    else this.points.splice(at, 0, { t, out: null, in: null, [direction]: watts });
  }

  compact(now) {
    const kept = [];
    let group = [];
    const close = () => {
      if (group.length > 0) kept.push(mean(group));
      group = [];
    };
    const mean = (points) => {
      const of = (direction) => {
        const values = points.map((point) => point[direction]).filter((value) => value !== null);
        return values.length > 0 ? Math.round(values.reduce((sum, value) => sum + value, 0) / values.length) : null;
      };
      return points.length === 1 ? points[0] : { t: points[0].t, out: of('out'), in: of('in') };
    };
    for (const point of this.points) {
      if (point.t < now - History.longest) continue;
      const slot = Math.floor(point.t / History.step);
      if (point.t >= now - History.fine) {
        close();
        kept.push(point);
        continue;
      }
      if (group.length > 0 && Math.floor(group[0].t / History.step) !== slot) close();
      group.push(point);
    }
    close();
    this.points = kept;
  }

  saved() {
    return this.points.map(({ t, out, in: into }) => [t, out, into]);
  }

  /** Columns for the chart: times, power from the grid, and power to it as a negative number where there is some; a
   * hole where telegrams are missing. */
  columns(from) {
    const points = this.points.filter((point) => point.t >= from);
    const distances = points.slice(1).map((point, i) => point.t - points[i].t).sort((x, y) => x - y);
    const hole = Math.max(60, 4 * (distances[distances.length >> 1] ?? 0));
    const columns = [[], [], []];
    const push = (t, out, into) => [t, out, into].forEach((value, column) => columns[column].push(value));
    points.forEach((point, i) => {
      if (i > 0 && point.t - points[i - 1].t > hole) push(points[i - 1].t + 1, null, null);
      const into = point.in === null ? null : -point.in;
      if (into) push(point.t, point.out || null, into);
      else push(point.t, point.out, null);
    });
    return columns;
  }
}

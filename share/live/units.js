'use strict';

// VSCP measurement types: the same numbers in classes 10, 60, 65, 70, 1040 and 1060. The place of a unit is its code.
const TYPES = (() => {
  const rows = [
    [0, 'General'],
    [1, 'Count'],
    [2, 'Length', 'm'],
    [3, 'Mass', 'kg'],
    [4, 'Time', 's', 'ms'],
    [5, 'Current', 'A'],
    [6, 'Temperature', 'K', '°C', '°F'],
    [7, 'Amount of substance', 'mol'],
    [8, 'Luminous intensity', 'cd'],
    [9, 'Frequency', 'Hz'],
    [10, 'Radioactivity', 'Bq', 'Ci'],
    [11, 'Force', 'N'],
    [12, 'Pressure', 'Pa', 'bar', 'psi'],
    [13, 'Energy', 'J', 'kWh', 'Wh'],
    [14, 'Power', 'W', 'hp', 'hp'],
    [15, 'Electric charge', 'C'],
    [16, 'Voltage', 'V'],
    [17, 'Capacitance', 'F'],
    [18, 'Resistance', 'Ω'],
    [19, 'Conductance', 'S'],
    [20, 'Magnetic field strength', 'A/m', 'T'],
    [21, 'Magnetic flux', 'Wb'],
    [22, 'Magnetic flux density', 'T', 'G'],
    [23, 'Inductance', 'H'],
    [24, 'Luminous flux', 'lm'],
    [25, 'Illuminance', 'lx'],
    [26, 'Radiation dose, absorbed', 'Gy'],
    [27, 'Catalytic activity', 'kat'],
    [28, 'Volume', 'm³', 'l', 'dl', 'cl', 'ml'],
    [29, 'Sound intensity', 'W/m²'],
    [30, 'Angle', 'rad', '°', '′', '″'],
    [31, 'Position', '° longitude', '° latitude'],
    [32, 'Speed', 'm/s', 'km/h', 'mph'],
    [33, 'Acceleration', 'm/s²'],
    [34, 'Tension', 'N/m'],
    [35, 'Humidity', '%'],
    [36, 'Flow', 'm³/s', 'l/s'],
    [37, 'Thermal resistance', 'K/W'],
    [38, 'Refractive power', 'dpt'],
    [39, 'Dynamic viscosity', 'Pa·s', 'Pl', 'P'],
    [40, 'Sound impedance', 'Pa·s/m'],
    [41, 'Sound resistance', 'Pa·s/m³'],
    [42, 'Electric elastance', 'F⁻¹'],
    [43, 'Luminous energy', 'lm·s'],
    [44, 'Luminance', 'cd/m²'],
    [45, 'Molar concentration', 'mol/m³'],
    [46, 'Mass concentration', 'kg/m³'],
    [49, 'Dew point', 'K', '°C', '°F'],
    [50, 'Relative level'],
    [51, 'Altitude', 'm', 'ft', 'in'],
    [52, 'Area', 'm²'],
    [53, 'Radiant intensity', 'W/sr'],
    [54, 'Radiance', 'W/(sr·m²)'],
    [55, 'Irradiance', 'W/m²'],
    [56, 'Spectral radiance', 'W/(sr·m²·nm)', 'W/(sr·m³)', 'W/(sr·m²·Hz)'],
    [57, 'Spectral irradiance', 'W/(m²·nm)', 'W/m³', 'W/(m²·Hz)'],
    [58, 'Sound pressure', 'Pa'],
    [59, 'Sound energy density', 'Pa'],
    [60, 'Sound level', 'dB'],
    [61, 'Radiation dose, equivalent', 'Sv', 'rem'],
    [62, 'Radiation dose, exposure', 'C/kg', 'R'],
    [63, 'Power factor', 'cos φ'],
    [64, 'Reactive power', 'var'],
    [65, 'Reactive energy', 'kvarh'],
  ];
  return new Map(rows.map(([type, name, ...units]) => [type, { name, units }]));
})();

/** Name of a measurement type; its number where there is none. */
const typeName = (type) => TYPES.get(type)?.name ?? `Type ${type}`;

/** Sign of a unit code; empty for what has no unit, `unit 9` for a code that the type does not know. */
function unitName(type, unit) {
  const units = TYPES.get(type)?.units ?? [];
  return units[unit] ?? (unit === 0 ? '' : `unit ${unit}`);
}

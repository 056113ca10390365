// The columns of the calendar of visits: which one something stands in, how high a quarter of an hour is, and what time a row is.
export const QUARTERS = 4
export const columnOf = element => element.closest("[data-column]")
export const listed = column => column.closest("[data-diary]").classList.contains("lists") || matchMedia("(max-width: 720px)").matches
export const quarterOf = column => parseFloat(getComputedStyle(column.querySelector("[data-quarters]")).gridAutoRows) || 13

const two = number => String(number).padStart(2, "0")

export function timeAt(column, row, visit) {
  if (listed(column)) return visit.dataset.at
  const minutes = Number(column.dataset.first) * 60 + (row - 1) * 60 / QUARTERS
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

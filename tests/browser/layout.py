"""What is wrong with how a page is laid out, asked of the browser: each gives a list of texts, SIDEWAYS a yes or no."""

SIDEWAYS = "document.documentElement.scrollWidth > window.innerWidth"
# What stands on something else that it is no part of: both are pressed or read. Of a strip each day is a part.
OVERLAPS = """() => {
    const shown = [...document.querySelectorAll("a, button, input, select, textarea, summary, h1, h2, dt, dd, label")]
        .filter(one => one.checkVisibility({visibilityProperty: true, opacityProperty: true})
            && getComputedStyle(one).clipPath === "none" && !one.closest("svg, dialog:not([open])"));
    const found = [];
    const boxes = shown.map(one => [one, [...one.getClientRects()]]);
    for (const [index, [one, mine]] of boxes.entries())
        for (const [other, its] of boxes.slice(index + 1)) {
            if (one.contains(other) || other.contains(one)) continue;
            if (mine.some(a => its.some(b => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
                    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2)))
                found.push(`${one.outerHTML.slice(0, 80)} and ${other.outerHTML.slice(0, 80)}`);
        }
    return found;
}"""
OUTSIDE = """() => {
    const wide = innerWidth, found = [];
    if (document.documentElement.scrollWidth > wide) found.push("scrolls sideways");
    for (const one of document.querySelectorAll("h1, h2, a, button, input, select, summary, dt, dd, label")) {
        const box = one.getBoundingClientRect();
        if (!one.checkVisibility() || !box.width || getComputedStyle(one).clipPath !== "none") continue;
        if (one.closest("table, pre, nav, .levels, svg, dialog") || (box.left >= -1 && box.right <= wide + 1)) continue;
        if (!one.matches(".skip")) found.push(`outside: ${one.outerHTML.slice(0, 120)}`);
    }
    return found;
}"""
# Words that do not fit into what can be pressed.
CLIPPED = """() => [...document.querySelectorAll("button, a.button, nav a, summary, label")]
    .filter(one => one.checkVisibility() && one.clientWidth && !one.closest("svg, .unseen")
        && getComputedStyle(one).clipPath === "none" && getComputedStyle(one).textOverflow === "clip"
        && one.scrollWidth > one.clientWidth + 1)
    .map(one => `does not fit: ${one.outerHTML.slice(0, 120)}`)"""
# Buttons of another type or height than most: a link, a summary and a button look alike, in forms and beside them.
# Those of the list of what needs attention are as low as its lines.
UNLIKE = """(height) => [...document.querySelectorAll("button, .button")]
    .filter(one => one.checkVisibility() && !one.closest(".cases"))
    .filter(one => Math.abs(parseFloat(getComputedStyle(one).fontSize) - 13) > 0.1
        || (one.getClientRects().length === 1 && !one.closest(".choices")
            && Math.abs(one.getBoundingClientRect().height - height) > 0.1))
    .map(one => `unlike other buttons: ${one.outerHTML.slice(0, 120)}`)"""
# Words of ours that end in the middle, for want of room: names of facts, labels, buttons. What
# follows a hyphen is a word of its own.
TORN = """() => {
    const found = [], range = document.createRange();
    for (const one of document.querySelectorAll("dt, label, button, .button, summary, h3")) {
        if (!one.checkVisibility() || one.closest("[lang=en], svg")) continue;
        if (getComputedStyle(one).clipPath !== "none") continue;
        const texts = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
        for (let text = texts.nextNode(); text; text = texts.nextNode()) {
            if (text.parentNode.closest("bdi, code, .unseen, i, textarea, option, [dir=auto]")) continue;
            for (const word of text.data.matchAll(/[\\p{L}\\p{N}]{2,}/gu)) {
                range.setStart(text, word.index);
                range.setEnd(text, word.index + word[0].length);
                if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1)
                    found.push(`torn: ${word[0]}`);
            }
        }
    }
    return found;
}"""
# Rows of a list on a phone that cannot be read: a mark alone above its name, cells of times that do not say of what,
# links below each other that a finger cannot tell apart.
LOOSE = """() => [...document.querySelectorAll(".rows tbody tr")].flatMap(row => {
    const found = [], mark = row.querySelector("th > i"), name = row.querySelector("th > i ~ a");
    if (name && name.getBoundingClientRect().top > mark.getBoundingClientRect().bottom - 2)
        found.push(`a mark alone: ${row.outerHTML.slice(0, 200)}`);
    const times = [...row.querySelectorAll("td:not([data-label])")]
        .filter(cell => cell.checkVisibility() && cell.querySelector(":scope > time:only-child")
            && cell.textContent.trim() === cell.querySelector("time").textContent.trim());
    if (times.length > 1) found.push(`times of what: ${times.map(cell => cell.textContent.trim()).join(", ")}`);
    return found;
}).concat([...document.querySelectorAll(".lines th > a, .plain li > i + a")]
    .filter(link => link.checkVisibility() && link.getBoundingClientRect().height < 39.5)
    .map(link => `too low to tap: ${link.outerHTML.slice(0, 120)}`))"""

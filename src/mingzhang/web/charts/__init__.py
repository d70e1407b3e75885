"""Charts of the workbench and the public site, drawn once on the server as SVG.

Each module has a layout, a pure function from amounts to places, and a drawing of it at two widths: for desks and for phones. No
style is inline and no script needed: parts are links to the enlarged views, and bear their words as titles.
"""

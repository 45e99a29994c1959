"""Figures owns the drawings: pure functions from frames to Plotly figures or SVG, in a light or a dark scheme."""

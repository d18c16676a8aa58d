MathJax.Hub.Config({
  displayAlign: "left", displayIndent: "2em", messageStyle: "none", showMathMenu: false,
  MathMenu: {showRenderer: false}, menuSettings: {zoom: "None"},
  SVG: {scale: 92, linebreaks: {automatic: true, width: "container"}},
});

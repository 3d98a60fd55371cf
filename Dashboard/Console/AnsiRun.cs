namespace LaunchStack.Dashboard.Console;

/// <summary>A piece of a line with one look; the classes are those of app.css.</summary>
internal readonly record struct AnsiRun(string Text, string Css);

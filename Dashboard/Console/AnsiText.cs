using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LaunchStack.Dashboard.Console;

/// <summary>Escape sequences of a terminal as pieces of text with classes. Sixteen colours, bold, dim, italic, underline; others are left out.</summary>
internal static partial class AnsiText
{
    [GeneratedRegex(@"\x1b\[([0-9;:]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]")]
    private static partial Regex Sequence();

    public static string Plain(string text) => Sequence().Replace(text, "");

    public static IReadOnlyList<AnsiRun> Runs(string text)
    {
        var runs = new List<AnsiRun>();
        var look = new Look();
        var from = 0;
        foreach (var match in Sequence().EnumerateMatches(text))
        {
            if (match.Index > from) runs.Add(new(text[from..match.Index], look.Css()));
            var sequence = text.AsSpan(match.Index, match.Length);
            if (sequence.Length > 2 && sequence[1] == '[' && sequence[^1] == 'm') look.Apply(sequence[2..^1]);
            from = match.Index + match.Length;
        }

        if (from < text.Length) runs.Add(new(text[from..], look.Css()));
        return runs;
    }

    private sealed class Look
    {
        private int _front = -1, _back = -1;
        private bool _bold, _dim, _italic, _underline;

        public void Apply(ReadOnlySpan<char> codes)
        {
            var list = new List<int>();
            foreach (var range in codes.ToString().Split(';', ':'))
                list.Add(int.TryParse(range, CultureInfo.InvariantCulture, out var code) ? code : 0);
            for (var i = 0; i < list.Count; i++)
            {
                switch (list[i])
                {
                    case 0: (_front, _back, _bold, _dim, _italic, _underline) = (-1, -1, false, false, false, false); break;
                    case 1: _bold = true; break;
                    case 2: _dim = true; break;
                    case 3: _italic = true; break;
                    case 4: _underline = true; break;
                    case 22: _bold = _dim = false; break;
                    case 23: _italic = false; break;
                    case 24: _underline = false; break;
                    case >= 30 and <= 37: _front = list[i] - 30; break;
                    case >= 90 and <= 97: _front = list[i] - 82; break;
                    case >= 40 and <= 47: _back = list[i] - 40; break;
                    case >= 100 and <= 107: _back = list[i] - 92; break;
                    case 39: _front = -1; break;
                    case 49: _back = -1; break;
                    // 38;5;n and 38;2;r;g;b: the first sixteen of the palette are kept.
                    case 38 or 48 when i + 2 < list.Count && list[i + 1] == 5:
                        var colour = list[i + 2] < 16 ? list[i + 2] : -1;
                        if (list[i] == 38) _front = colour; else _back = colour;
                        i += 2;
                        break;
                    case 38 or 48: i += 4; break;
                }
            }
        }

        public string Css()
        {
            var css = new StringBuilder();
            if (_front >= 0) css.Append(CultureInfo.InvariantCulture, $"f{_front} ");
            if (_back >= 0) css.Append(CultureInfo.InvariantCulture, $"b{_back} ");
            if (_bold) css.Append("bold ");
            if (_dim) css.Append("dim ");
            if (_italic) css.Append("italic ");
            if (_underline) css.Append("underline ");
            return css.ToString().TrimEnd();
        }
    }
}

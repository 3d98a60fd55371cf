using System.IO.Compression;

namespace LaunchStack.Web.Charts;

/// <summary>
/// DejaVu Sans at 22 pixels as grey bitmaps: a picture needs no font of the machine. The resource is gzip of: height, number of
/// glyphs, then of each its code (two bytes), its width, and its rows.
/// </summary>
internal sealed class PngFont
{
    public static readonly PngFont Sans = Load();

    private readonly Dictionary<char, (int Width, byte[] Rows)> _glyphs = [];

    /// <summary>Height of a line.</summary>
    public int Height { get; private set; }

    /// <summary>How wide a text is.</summary>
    public int Width(string text) => text.Sum(c => Glyph(c).Width);

    /// <summary>The bitmap of a character; that of a question mark for one that it lacks.</summary>
    public (int Width, byte[] Rows) Glyph(char c) => _glyphs.TryGetValue(c is '\u202f' or '\u00a0' ? ' ' : c, out var glyph) ? glyph : _glyphs['?'];

    private static PngFont Load()
    {
        using var packed = typeof(PngFont).Assembly.GetManifestResourceStream("dejavu-sans-22.gz")!;
        using var reader = new BinaryReader(new GZipStream(packed, CompressionMode.Decompress));
        var font = new PngFont { Height = reader.ReadByte() };
        for (int count = reader.ReadByte(); count > 0; count--)
        {
            var code = (char)((reader.ReadByte() << 8) | reader.ReadByte());
            int width = reader.ReadByte();
            font._glyphs[code] = (width, reader.ReadBytes(width * font.Height));
        }
        return font;
    }
}

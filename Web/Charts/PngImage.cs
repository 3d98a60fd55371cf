using System.Buffers.Binary;
using System.IO.Compression;

namespace LaunchStack.Web.Charts;

/// <summary>A picture to draw on, written as PNG. Colours are 0xRRGGBB.</summary>
internal sealed class PngImage(int width, int height)
{
    private readonly byte[] _pixels = CreateWhite(width, height);

    public int Width => width;

    public int Height => height;

    public void Fill(double x, double y, double w, double h, int color, double alpha = 1)
    {
        for (var row = (int)Math.Round(y); row < Math.Round(y + h); row++)
        {
            for (var column = (int)Math.Round(x); column < Math.Round(x + w); column++)
                Blend(column, row, color, alpha);
        }
    }

    /// <summary>A stroke with soft edges: every pixel is covered by how near its centre is.</summary>
    public void Line(double x0, double y0, double x1, double y1, int color, double thickness, bool dashed = false)
    {
        var length = Math.Sqrt(((x1 - x0) * (x1 - x0)) + ((y1 - y0) * (y1 - y0)));
        var reach = (thickness / 2) + 1;
        for (var row = (int)Math.Floor(Math.Min(y0, y1) - reach); row <= Math.Max(y0, y1) + reach; row++)
        {
            for (var column = (int)Math.Floor(Math.Min(x0, x1) - reach); column <= Math.Max(x0, x1) + reach; column++)
            {
                var along = length == 0 ? 0 : Math.Clamp((((column - x0) * (x1 - x0)) + ((row - y0) * (y1 - y0))) / (length * length), 0, 1);
                if (dashed && (column + row) % 12 >= 7)
                    continue;
                var (dx, dy) = (column - (x0 + (along * (x1 - x0))), row - (y0 + (along * (y1 - y0))));
                Blend(column, row, color, Math.Clamp((thickness / 2) + 0.5 - Math.Sqrt((dx * dx) + (dy * dy)), 0, 1));
            }
        }
    }

    /// <summary>A text by its upper left corner; <paramref name="align"/> 1 ends there, 0.5 has its middle there.</summary>
    public void Text(double x, double y, string text, int color, double align = 0)
    {
        var font = PngFont.Sans;
        var left = (int)Math.Round(x - (font.Width(text) * align));
        foreach (var c in text)
        {
            var (glyph, rows) = font.Glyph(c);
            for (var i = 0; i < rows.Length; i++)
                Blend(left + (i % glyph), (int)y + (i / glyph), color, rows[i] / 255d);
            left += glyph;
        }
    }

    /// <summary>The file.</summary>
    public byte[] Encode()
    {
        using var file = new MemoryStream();
        file.Write([0x89, .. "PNG\r\n\x1a\n"u8]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        // Eight bits a sample, red green blue, no interlacing.
        (header[8], header[9]) = (8, 2);
        Chunk(file, "IHDR"u8, header);
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (var row = 0; row < height; row++)
            {
                // The filter of the row: none.
                zlib.WriteByte(0);
                zlib.Write(_pixels, row * width * 3, width * 3);
            }
        }
        Chunk(file, "IDAT"u8, packed.ToArray());
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static byte[] CreateWhite(int width, int height)
    {
        var pixels = new byte[width * height * 3];
        Array.Fill(pixels, (byte)255);
        return pixels;
    }

    private static void Chunk(MemoryStream file, ReadOnlySpan<byte> type, byte[] data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        byte[] body = [.. type, .. data];
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
        file.Write(number);
    }

    // PNG's check sum, https://www.w3.org/TR/png-3/#D-CRCAppendix.
    private static uint Crc(byte[] body)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var b in body)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
        }
        return ~crc;
    }

    private void Blend(int x, int y, int color, double alpha)
    {
        if (alpha <= 0 || x < 0 || y < 0 || x >= width || y >= height)
            return;
        var at = ((y * width) + x) * 3;
        for (var channel = 0; channel < 3; channel++)
        {
            var wanted = (color >> (16 - (8 * channel))) & 255;
            _pixels[at + channel] = (byte)Math.Round(_pixels[at + channel] + ((wanted - _pixels[at + channel]) * alpha));
        }
    }
}

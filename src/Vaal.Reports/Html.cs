using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;

namespace Vaal.Reports;

/// <summary>
/// A piece of HTML. Written as <c>Html.Of($"&lt;b&gt;{name}&lt;/b&gt;")</c>: whatever stands in braces is escaped,
/// unless it is HTML itself.
/// </summary>
internal readonly record struct Html(string Text)
{
    private static readonly HtmlEncoder _encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public static Html Of(Builder text) => new(text.ToString());

    public static Html Join(IEnumerable<Html> parts) => new(string.Concat(parts.Select(p => p.Text)));

    public static string Escape(string text) => _encoder.Encode(text);

    public override string ToString() => Text ?? "";

    /// <summary>Collects the parts of an interpolated string.</summary>
    [InterpolatedStringHandler]
    public readonly struct Builder
    {
        private readonly StringBuilder _text;

        public Builder(int literals, int holes) => _text = new(literals + 16 * holes);

        public void AppendLiteral(string text) => _text.Append(text);

        public void AppendFormatted(Html html) => _text.Append(html.Text);

        public void AppendFormatted(IEnumerable<Html> parts)
        {
            foreach (var part in parts) _text.Append(part.Text);
        }

        public void AppendFormatted(string? text) => _text.Append(Escape(text ?? ""));

        /// <summary>Numbers and times, always written the same way.</summary>
        public void AppendFormatted<T>(T value, string? format = null) where T : IFormattable =>
            AppendFormatted(value.ToString(format, CultureInfo.InvariantCulture));

        public override string ToString() => _text.ToString();
    }
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vaal;

/// <summary>
/// The permanent number of an image, given by its owner, such as a workspace's database. An id in a pool is a
/// position and a plain <c>int</c>. The two never convert implicitly.
/// </summary>
[JsonConverter(typeof(PlainNumber))]
internal readonly record struct ImageNumber(int Value)
{
    /// <summary>The plain number, for a database.</summary>
    public static explicit operator int(ImageNumber number) => number.Value;

    /// <summary>A plain number from a database.</summary>
    public static explicit operator ImageNumber(int value) => new(value);

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    // in files it is what it was before it had a type
    private sealed class PlainNumber : JsonConverter<ImageNumber>
    {
        public override ImageNumber Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            new(reader.GetInt32());

        public override void Write(Utf8JsonWriter writer, ImageNumber value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(value.Value);
    }
}

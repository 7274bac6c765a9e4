using System.Text.Json;

namespace Vaal.Tests.Core;

public sealed class ImageNumberTests
{
    [Fact]
    public void Json_IsAPlainNumber_AndComesBack()
    {
        ImageNumber[] numbers = [new(7), (ImageNumber)12_345];
        var json = JsonSerializer.Serialize(numbers, Json.Options);
        Assert.Equal([7, 12_345], JsonSerializer.Deserialize<int[]>(json)!);
        Assert.Equal(numbers, JsonSerializer.Deserialize<ImageNumber[]>(json, Json.Options)!);
    }

    [Fact]
    public void Conversions_AreExplicit_SoThatAPositionIsNoNumber()
    {
        var implicitOnes = typeof(ImageNumber).GetMethods().Where(m => m.Name == "op_Implicit");
        Assert.Empty(implicitOnes);
        Assert.Equal("7", $"{new ImageNumber(7)}");
    }
}
